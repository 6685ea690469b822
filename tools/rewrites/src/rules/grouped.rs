//! A correlated aggregate taken apart: what it is correlated by, what it computes, and what it
//! gives where there are no rows.

use dbwright_sql::{NodeEnum, ast};

use crate::{
    Volatility,
    block::{AGGREGATES, Block},
    build,
    compare::{self, Comparison},
    tree,
};

/// What the subquery gives for a key without rows.
pub(super) enum Missing {
    /// NULL: no comparison with it is true.
    Null,
    /// A constant.
    Value(String),
}

/// The subquery as a table with one row for each key.
pub(super) struct Grouped {
    /// `SELECT key AS agg_key_1, …, value AS agg_value FROM … GROUP BY key`.
    pub(super) query: String,
    /// The expressions of the query around that the keys are equal to.
    pub(super) outer: Vec<String>,
    pub(super) missing: Missing,
    /// The name of the subquery's output.
    pub(super) name: String,
}

impl Grouped {
    /// `alias.agg_key_1 = outer AND …`.
    pub(super) fn join(&self, alias: &str) -> String {
        let keys: Vec<String> =
            self.outer.iter().enumerate().map(|(at, outer)| format!("{alias}.agg_key_{} = {outer}", at + 1)).collect();
        keys.join(" AND ")
    }

    /// The value, where there may be no row for the key.
    pub(super) fn value(&self, alias: &str) -> String {
        match &self.missing {
            Missing::Null => format!("{alias}.agg_value"),
            Missing::Value(instead) => format!("COALESCE({alias}.agg_value, {instead})"),
        }
    }
}

/// Reads `(SELECT aggregate FROM … WHERE inner = outer AND …)`.
pub(super) fn grouped(block: &Block<'_>, query: &ast::SelectStmt) -> Option<Grouped> {
    let simple = query.group_clause.is_empty()
        && query.having_clause.is_none()
        && query.distinct_clause.is_empty()
        && query.limit_count.is_none()
        && query.limit_offset.is_none()
        && query.larg.is_none()
        && query.values_lists.is_empty()
        && query.with_clause.is_none()
        && query.locking_clause.is_empty();
    if !simple || block.volatility_of_all(query) == Volatility::Volatile {
        return None;
    }
    let [target] = query.target_list.as_slice() else { return None };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
    let value = target.val.as_deref()?;
    let scope = block.inner_scope(query);
    let inner = block.inner(query, &scope);
    if !levels(&inner, value)?.iter().all(|level| *level == 0) {
        return None;
    }
    let (missing, core) = missing(block, value)?;
    let (mut keys, mut outer, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for part in inner.conjuncts() {
        let levels = levels(&inner, part)?;
        if levels.iter().all(|level| *level == 0) {
            kept.push(part.clone());
            continue;
        }
        let comparison = Comparison::both(part)
            .find(|comparison| inner.column(comparison.left).is_some_and(|column| column.level == 0))?;
        let (own, other) = (inner.column(comparison.left)?, inner.column(comparison.right)?);
        let alike = compare::kind(&own.column.data_type) == compare::kind(&other.column.data_type)
            && !own.column.loose_equality
            && !other.column.loose_equality;
        if comparison.operator != "=" || other.level != 1 || !alike {
            return None;
        }
        keys.push(build::sql(comparison.left)?);
        outer.push(build::sql(&tree::column(&[other.source_name(), &other.column.name]))?);
    }
    if keys.is_empty() {
        return None;
    }
    let outputs: Vec<String> =
        keys.iter().enumerate().map(|(at, key)| format!("{key} AS agg_key_{}", at + 1)).collect();
    let mut select = build::select(&format!(
        "SELECT {}, {} AS agg_value GROUP BY {}",
        outputs.join(", "),
        build::sql(core)?,
        keys.join(", ")
    ))?;
    select.from_clause.clone_from(&query.from_clause);
    select.where_clause = build::all_of(kept);
    Some(Grouped { query: build::select_sql(&select)?, outer, missing, name: output_name(target, value) })
}

/// The levels of all columns that an expression reads; `None` where one cannot be told.
fn levels(block: &Block<'_>, node: &ast::Node) -> Option<Vec<usize>> {
    tree::column_references(node).into_iter().map(|reference| Some(block.scope.resolve(reference)?.level)).collect()
}

/// What the value is without rows, and the part of it that must be computed by key.
fn missing<'n>(block: &Block<'_>, value: &'n ast::Node) -> Option<(Missing, &'n ast::Node)> {
    if let Some(NodeEnum::CoalesceExpr(coalesce)) = value.node.as_ref() {
        let [core, instead] = coalesce.args.as_slice() else { return None };
        let fine = is_null_without_rows(core) && matches!(instead.node, Some(NodeEnum::AConst(_)));
        // A group of NULLs only gives NULL too, and must give the constant as well.
        return (fine && block.is_constant(instead)).then(|| Some((Missing::Value(build::sql(instead)?), core)))?;
    }
    if let Some(NodeEnum::FuncCall(call)) = value.node.as_ref()
        && tree::function_name(call) == Some("count")
        && call.over.is_none()
    {
        return Some((Missing::Value("0".to_owned()), value));
    }
    is_null_without_rows(value).then_some((Missing::Null, value))
}

/// Whether the expression is NULL when its aggregates are: strict operators over aggregates of
/// which every one is NULL without rows.
fn is_null_without_rows(node: &ast::Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::FuncCall(call)) => {
            let name = tree::function_name(call).unwrap_or_default();
            name != "count" && AGGREGATES.contains(&name) && call.over.is_none()
        }
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_null_without_rows),
        Some(NodeEnum::AExpr(_)) => compare::binary(node).is_some_and(|(left, operator, right)| {
            let constant = |side: &ast::Node| matches!(side.node, Some(NodeEnum::AConst(_)));
            matches!(operator, "+" | "-" | "*" | "/")
                && (is_null_without_rows(left) || constant(left))
                && (is_null_without_rows(right) || constant(right))
                && !(constant(left) && constant(right))
        }),
        _ => false,
    }
}

fn output_name(target: &ast::ResTarget, value: &ast::Node) -> String {
    if !target.name.is_empty() {
        return target.name.clone();
    }
    match value.node.as_ref() {
        Some(NodeEnum::FuncCall(call)) => tree::function_name(call).unwrap_or("?column?").to_owned(),
        Some(NodeEnum::CoalesceExpr(_)) => "coalesce".to_owned(),
        _ => "?column?".to_owned(),
    }
}

/// A name that no source of the block has.
pub(super) fn alias(block: &Block<'_>) -> String {
    let taken = |name: &String| block.scope.sources.iter().any(|source| source.name == *name);
    let mut name = "agg".to_owned();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        name = format!("agg_{number}");
    }
    name
}

/// The block's FROM with another table joined to all of it.
pub(super) fn joined_from(block: &Block<'_>, join: &str) -> Option<Vec<ast::Node>> {
    let items: Vec<String> = block
        .select
        .from_clause
        .iter()
        .map(|item| {
            let text = build::from_item(item)?;
            Some(if matches!(item.node, Some(NodeEnum::JoinExpr(_))) { format!("({text})") } else { text })
        })
        .collect::<Option<_>>()?;
    if items.is_empty() {
        return None;
    }
    Some(build::select(&format!("SELECT 1 FROM {} {join}", items.join(" CROSS JOIN ")))?.from_clause)
}
