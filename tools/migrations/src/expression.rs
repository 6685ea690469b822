//! What expressions in definitions tell: their text, whether they are volatile, what they prove.

use dbwright_sql::{Item, NodeEnum, ast, deparse_node};

use crate::Context;

/// How sure it is that an expression gives a new value for every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Volatility {
    /// Constant or stable: evaluated once (PostgreSQL 11 and newer).
    Stable,
    /// Calls a function whose volatility the text does not tell.
    Unknown,
    /// Calls a volatile function: every row is written.
    Volatile,
}

/// An expression as SQL text, by way of a `SELECT`.
pub(crate) fn deparsed(node: &ast::Node) -> String {
    let target = ast::ResTarget { val: Some(Box::new(node.clone())), ..Default::default() };
    let select = ast::SelectStmt {
        target_list: vec![ast::Node { node: Some(NodeEnum::ResTarget(Box::new(target))) }],
        op: ast::SetOperation::SetopNone as i32,
        limit_option: ast::LimitOption::Default as i32,
        ..Default::default()
    };
    let sql = deparse_node(&NodeEnum::SelectStmt(Box::new(select))).unwrap_or_default();
    sql.strip_prefix("SELECT ").map_or_else(String::new, str::to_owned)
}

/// Functions of the server and its common extensions that give a new value per call.
const VOLATILE: &[&str] = &[
    "random",
    "random_normal",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "gen_random_bytes",
    "gen_salt",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "setval",
    "lastval",
    "currval",
    "pg_sleep",
];

/// Functions of the server that defaults commonly use and that are stable or immutable.
const NOT_VOLATILE: &[&str] = &[
    "now",
    "statement_timestamp",
    "transaction_timestamp",
    "timezone",
    "date_trunc",
    "date_part",
    "extract",
    "make_interval",
    "make_date",
    "make_timestamp",
    "make_timestamptz",
    "to_timestamp",
    "to_date",
    "to_char",
    "to_number",
    "age",
    "lower",
    "upper",
    "initcap",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "length",
    "char_length",
    "concat",
    "concat_ws",
    "replace",
    "substring",
    "substr",
    "left",
    "right",
    "lpad",
    "rpad",
    "repeat",
    "reverse",
    "split_part",
    "regexp_replace",
    "format",
    "md5",
    "sha256",
    "encode",
    "decode",
    "digest",
    "abs",
    "ceil",
    "floor",
    "round",
    "trunc",
    "mod",
    "power",
    "sqrt",
    "array_length",
    "array_fill",
    "array_append",
    "cardinality",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "json_build_object",
    "json_build_array",
    "jsonb_build_object",
    "jsonb_build_array",
    "to_json",
    "to_jsonb",
    "to_tsvector",
    "current_setting",
    "current_schema",
    "current_database",
    "pg_backend_pid",
    "inet",
    "text",
    "uuid",
    "point",
];

/// Judges a default expression.
pub(crate) fn volatility(expression: &ast::Node, context: &Context) -> Volatility {
    let Some(node) = &expression.node else { return Volatility::Stable };
    let mut worst = Volatility::Stable;
    Item::of(node).walk(&mut |item| {
        let Some(name) = (item.name == "FuncCall").then(|| item.last_name("funcname")).flatten() else { return };
        let judged = function(name, context);
        if worst != Volatility::Volatile && judged != Volatility::Stable {
            worst = judged;
        }
    });
    worst
}

fn function(name: &str, context: &Context) -> Volatility {
    let mut known = context.functions.iter().filter(|function| function.name == name).peekable();
    if known.peek().is_some() {
        return if known.any(|function| function.volatile) { Volatility::Volatile } else { Volatility::Stable };
    }
    if VOLATILE.contains(&name) {
        Volatility::Volatile
    } else if NOT_VOLATILE.contains(&name) {
        Volatility::Stable
    } else {
        Volatility::Unknown
    }
}

/// The columns that a true (or unknown) check proves to be not null: its `IS NOT NULL`
/// conjuncts. `OR` and other shapes prove nothing here.
pub(crate) fn proves_not_null(expression: &ast::Node) -> Vec<String> {
    match &expression.node {
        Some(NodeEnum::NullTest(test)) if test.nulltesttype() == ast::NullTestType::IsNotNull => {
            test.arg.as_deref().and_then(column).into_iter().collect()
        }
        Some(NodeEnum::BoolExpr(all)) if all.boolop() == ast::BoolExprType::AndExpr => {
            all.args.iter().flat_map(proves_not_null).collect()
        }
        _ => Vec::new(),
    }
}

/// A bare column.
pub(crate) fn column(node: &ast::Node) -> Option<String> {
    let Some(NodeEnum::ColumnRef(reference)) = &node.node else { return None };
    let Some(NodeEnum::String(name)) = &reference.fields.last()?.node else { return None };
    Some(name.sval.clone())
}

/// Every column that an expression mentions.
pub(crate) fn columns(expression: &ast::Node) -> Vec<String> {
    let Some(node) = &expression.node else { return Vec::new() };
    let mut found = Vec::new();
    Item::of(node).walk(&mut |item| {
        if item.name == "ColumnRef"
            && let Some(name) = item.last_name("fields")
            && !found.iter().any(|known| known == name)
        {
            found.push(name.to_owned());
        }
    });
    found
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
