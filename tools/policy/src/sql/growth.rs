//! Statements that would fill the server's memory, recognised before anything plans them.
//!
//! The planner folds constants: `EXPLAIN SELECT repeat(repeat('x', 10000), 30000)` alone takes
//! hundreds of megabytes, and no time limit stops an allocation. So sizes must be written out, and
//! their product must be small.

use dbwright_sql::{Item, Value};

use super::tree::{literal_number, literal_text};

/// Bytes that one value may be built to.
const MOST_BYTES: f64 = 10_000_000.0;
/// Bytes that an aggregate may collect from values that the statement itself makes.
const MOST_COLLECTED: f64 = 128_000_000.0;
/// Rows that one series may have.
const MOST_ROWS: f64 = 10_000_000.0;
/// Rows that series may have together.
const MOST_CROSSED: f64 = 100_000_000.0;
/// What a column is taken to hold.
const COLUMN_BYTES: f64 = 256.0;
/// What a value of a few digits takes in an aggregate.
const SMALL: f64 = 24.0;
/// What a table is taken to have, where rows of it are collected.
const TABLE_ROWS: f64 = 1_000_000.0;

/// Why the statement would grow too large, if it would.
pub(super) fn refusal(item: &Item) -> Option<String> {
    let mut growth = Growth { most: 0.0, multiplied: 1.0, series: 1.0, problem: None };
    let mut collects = false;
    let mut reads_table = false;
    item.walk(&mut |node| {
        growth.visit(node);
        collects |= is_collecting(node);
        reads_table |= node.name == "RangeVar";
    });
    if growth.problem.is_some() {
        return growth.problem;
    }
    let largest = growth.most * growth.multiplied;
    if largest > MOST_BYTES {
        return Some(format!("the statement would build a value of some {largest:.0} bytes"));
    }
    if growth.series > MOST_CROSSED {
        return Some(format!("its series would have {:.0} rows together", growth.series));
    }
    if collects {
        let table = if reads_table && largest > COLUMN_BYTES { TABLE_ROWS } else { 1.0 };
        let collected = growth.series.max(table) * largest.max(SMALL);
        if collected > MOST_COLLECTED {
            return Some(format!("an aggregate would collect some {collected:.0} bytes in memory"));
        }
    }
    None
}

struct Growth {
    /// The largest value that an expression builds from literals.
    most: f64,
    /// What columns are multiplied by, over all levels.
    multiplied: f64,
    /// Rows of all series together.
    series: f64,
    problem: Option<String>,
}

impl Growth {
    fn visit(&mut self, node: &Item) {
        match node.name {
            "FuncCall" => self.call(node),
            "TypeCast" => {
                if let Some(size) = padded_type(node) {
                    self.grown(size);
                }
            }
            "AExpr" if operator(node) == "||" => self.multiplied *= repeats(node),
            "CommonTableExpr" => {
                if let Some(problem) = recursion(node) {
                    self.problem.get_or_insert(problem);
                }
            }
            _ => {}
        }
    }

    fn grown(&mut self, size: f64) {
        self.most = self.most.max(size);
    }

    fn call(&mut self, node: &Item) {
        let name = node.last_name("funcname").unwrap_or_default();
        match name {
            "repeat" | "lpad" | "rpad" | "array_fill" => match size(node) {
                Ok(size) => {
                    self.grown(size);
                    if name == "repeat" && mentions_column(node) {
                        self.multiplied *= count(node).unwrap_or(1.0).max(1.0);
                        self.most = self.most.max(COLUMN_BYTES);
                    }
                }
                Err(problem) => {
                    self.problem.get_or_insert(problem);
                }
            },
            "generate_series" => self.series(node),
            "concat" | "concat_ws" | "format" | "array_cat" => self.multiplied *= repeats(node),
            "replace" | "regexp_replace" | "string_agg" | "translate" => match size(node) {
                Ok(size) => {
                    self.grown(size);
                    if name == "replace" && mentions_column(node) {
                        self.multiplied *= replacement(node);
                    }
                }
                Err(problem) => {
                    self.problem.get_or_insert(problem);
                }
            },
            _ => {}
        }
    }

    fn series(&mut self, node: &Item) {
        let mut numbers = node.list("args").map(literal_number);
        let (Some(Some(first)), Some(Some(last))) = (numbers.next(), numbers.next()) else { return };
        let step = numbers.next().flatten().unwrap_or(1.0);
        let rows = ((last - first) / if step == 0.0 { 1.0 } else { step } + 1.0).max(1.0);
        if rows > MOST_ROWS {
            self.problem
                .get_or_insert(format!("generate_series would give {rows:.0} rows, {MOST_ROWS:.0} are the most"));
        }
        self.series *= rows;
    }
}

/// The size of what an expression gives, roughly; refused where a growing call has no literal size
/// or stands in another.
fn size(item: &Item) -> Result<f64, String> {
    match item.name {
        "AConst" => Ok(text_size(item)),
        "ColumnRef" | "ParamRef" => Ok(COLUMN_BYTES),
        "TypeCast" => match padded_type(item) {
            Some(size) => Ok(size),
            None => item.item("arg").map_or(Ok(SMALL), size),
        },
        "FuncCall" => call_size(item),
        _ => item.children().into_iter().try_fold(0.0, |sum, child| Ok(sum + size(child)?)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are compared roughly")]
fn text_size(item: &Item) -> f64 {
    (literal_text(item).len() as f64).max(1.0)
}

fn call_size(call: &Item) -> Result<f64, String> {
    let name = call.last_name("funcname").unwrap_or_default();
    let arguments: Vec<&Item> = call.list("args").collect();
    let of = |index: usize| arguments.get(index).map_or(Ok(1.0), |argument| size(argument));
    match name {
        "repeat" | "lpad" | "rpad" | "array_fill" => {
            let count = count(call).ok_or_else(|| format!("the size of {name}() must be written as a number"))?;
            if count > 1.0 && arguments.iter().any(|argument| grows(argument)) {
                return Err(format!("{name}() stands over another function that makes large values"));
            }
            Ok(match name {
                "repeat" => of(0)? * count,
                "array_fill" => count * 8.0_f64.max(of(0)?),
                _ => count,
            })
        }
        "replace" => Ok(of(0)? * (of(2)? / of(1)?).max(1.0)),
        "regexp_replace" => Ok(of(0)? * if grows_any(&arguments) { of(2)? } else { 1.0 }),
        "string_agg" => of(1),
        _ => arguments.iter().try_fold(0.0, |sum, argument| Ok(sum + size(argument)?)),
    }
}

fn grows_any(items: &[&Item]) -> bool {
    items.iter().any(|item| grows(item))
}

/// Whether a growing call stands in it.
fn grows(item: &Item) -> bool {
    let mut found = false;
    item.walk(&mut |node| {
        found |= node.name == "FuncCall"
            && matches!(node.last_name("funcname"), Some("repeat" | "lpad" | "rpad" | "array_fill"));
        found |= padded_type(node).is_some_and(|size| size > 10_000.0);
    });
    found
}

/// The literal count of a growing call; for dimensions of an array their product.
fn count(call: &Item) -> Option<f64> {
    let argument = call.list("args").nth(1)?;
    bounded_number(argument).or_else(|| {
        let array = if argument.name == "TypeCast" { argument.item("arg")? } else { argument };
        if array.name == "AArrayExpr" {
            return array.list("elements").map(bounded_number).try_fold(1.0, |product, size| Some(product * size?));
        }
        let text = literal_text(array).trim_matches(['{', '}']);
        text.split(',').map(|part| part.trim().parse::<f64>().ok()).try_fold(1.0, |product, size| Some(product * size?))
    })
}

/// A number, or `least(…, number)`.
fn bounded_number(item: &Item) -> Option<f64> {
    const LEAST: i64 = dbwright_sql::ast::MinMaxOp::IsLeast as i64;
    match item.name {
        "MinMaxExpr" if item.int("op") == Some(LEAST) => {
            item.list("args").filter_map(bounded_number).min_by(f64::total_cmp)
        }
        "TypeCast" => bounded_number(item.item("arg")?).or_else(|| literal_number(item)),
        _ => literal_number(item),
    }
}

/// How much longer `replace` makes what it is given.
fn replacement(call: &Item) -> f64 {
    let sizes: Vec<f64> = call.list("args").skip(1).map(|argument| size(argument).unwrap_or(1.0)).collect();
    match sizes.as_slice() {
        [from, to, ..] => (to / from.max(1.0)).max(1.0),
        _ => 1.0,
    }
}

fn mentions_column(item: &Item) -> bool {
    let mut found = false;
    item.walk(&mut |node| found |= node.name == "ColumnRef");
    found
}

fn operator(node: &Item) -> &str {
    node.last_name("name").unwrap_or_default()
}

/// How often the most frequent column stands in a concatenation: `a || a` doubles.
fn repeats(node: &Item) -> f64 {
    let mut columns = Vec::new();
    operands(node, &mut columns);
    #[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
    let most =
        columns.iter().map(|column| columns.iter().filter(|other| *other == column).count()).max().unwrap_or(1) as f64;
    most
}

/// Columns that are concatenated as they are; those inside calls and conditions are not.
fn operands(node: &Item, columns: &mut Vec<Vec<String>>) {
    match node.name {
        "ColumnRef" => {
            columns.push(node.list("fields").map(|field| field.text("sval").to_owned()).collect());
        }
        "AExpr" if operator(node) == "||" => {
            for side in ["lexpr", "rexpr"] {
                node.item(side).into_iter().for_each(|side| operands(side, columns));
            }
        }
        "TypeCast" => node.item("arg").into_iter().for_each(|inner| operands(inner, columns)),
        "FuncCall" => node.list("args").for_each(|argument| operands(argument, columns)),
        _ => {}
    }
}

/// `char(10000000)` and `bit(…)` pad to their length.
fn padded_type(cast: &Item) -> Option<f64> {
    let kind = cast.item("type_name").filter(|_| cast.name == "TypeCast")?;
    let name = kind.last_name("names")?;
    if !matches!(name, "bpchar" | "char" | "character" | "bit") {
        return None;
    }
    kind.list("typmods").next().and_then(literal_number)
}

fn is_collecting(node: &Item) -> bool {
    const ARRAY: i64 = dbwright_sql::ast::SubLinkType::ArraySublink as i64;
    match node.name {
        "SubLink" => node.int("sub_link_type") == Some(ARRAY),
        "JsonArrayAgg" | "JsonObjectAgg" | "JsonArrayQueryConstructor" => true,
        "FuncCall" => matches!(
            node.last_name("funcname"),
            Some(
                "string_agg"
                    | "array_agg"
                    | "json_agg"
                    | "jsonb_agg"
                    | "json_object_agg"
                    | "jsonb_object_agg"
                    | "xmlagg"
                    | "json_agg_strict"
                    | "jsonb_agg_strict"
                    | "range_agg"
                    | "mode"
                    | "array_accum"
            )
        ),
        _ => false,
    }
}

/// A recursive expression that doubles what it carries, or that nothing ends.
fn recursion(cte: &Item) -> Option<String> {
    let name = cte.text("ctename");
    let query = cte.item("ctequery")?;
    let arm = query.item("rarg").filter(|arm| reads(arm, name))?;
    let mut grows = false;
    arm.walk(&mut |node| {
        grows |= match node.name {
            "AExpr" if operator(node) == "||" => repeats(node) > 1.0,
            "FuncCall" => match node.last_name("funcname") {
                Some("concat" | "concat_ws" | "format" | "array_cat") => repeats(node) > 1.0,
                Some("repeat" | "replace") => mentions_column(node),
                _ => false,
            },
            _ => false,
        };
    });
    if grows {
        return Some(format!("each round of the recursive {name} multiplies what it carries"));
    }
    let all = query.field("all") == Some(&Value::Bool(true));
    let mut tables = 0;
    arm.walk(&mut |node| {
        tables += usize::from(matches!(node.name, "RangeVar" | "RangeFunction" | "RangeSubselect" | "RangeTableFunc"))
    });
    let endless = tables == 1 && arm.item("where_clause").is_none() && arm.item("limit_count").is_none();
    (endless && !all)
        .then(|| format!("the recursive {name} has no condition that ends it and keeps all rows to compare them"))
}

fn reads(item: &Item, name: &str) -> bool {
    let mut found = false;
    item.walk(&mut |node| found |= node.name == "RangeVar" && node.text("relname") == name);
    found
}

#[cfg(test)]
#[path = "growth_tests.rs"]
mod tests;
