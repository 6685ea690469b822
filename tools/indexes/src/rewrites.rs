//! Conditions that no index can serve as they are written, and the same in a form that one can.

use dbwright_sql::{NodeEnum, ast};

use crate::{
    Catalog, Column, QueryShape, Rewrite,
    shape::{deparse_expression, visit_expressions_mut},
};

/// Finds, in one statement, day and month comparisons that wrap a time stamp with time zone: the
/// wrapped value depends on the session's time zone, so not even an expression index is possible.
pub fn rewrites(sql: &str, brief: &str, shape: &QueryShape, catalog: &Catalog) -> Vec<Rewrite> {
    let Ok(parsed) = dbwright_sql::parse(sql) else { return Vec::new() };
    let Ok(NodeEnum::SelectStmt(select)) = parsed.one() else { return Vec::new() };
    let Some(mut condition) = select.where_clause.as_deref().cloned() else { return Vec::new() };
    let mut found = Vec::new();
    visit_expressions_mut(&mut condition, &mut |node| {
        if let Some((from, to, unit)) = wrapped(node, shape, catalog) {
            found.push(Rewrite {
                text: brief.to_owned(),
                from,
                to,
                why: format!(
                    "the same rows: every moment of the {unit} in the session's time zone; the column stands alone, so an \
                    index on it can be used"
                ),
            });
        }
    });
    found
}

/// `column::date = value` or `date_trunc('unit', column) = value` on a time stamp with time zone.
fn wrapped(node: &ast::Node, shape: &QueryShape, catalog: &Catalog) -> Option<(String, String, String)> {
    let Some(NodeEnum::AExpr(comparison)) = node.node.as_ref() else { return None };
    let operator = comparison.name.last().and_then(text_of)?;
    if comparison.kind != ast::AExprKind::AexprOp as i32 || operator != "=" {
        return None;
    }
    let (left, right) = (comparison.lexpr.as_deref()?, comparison.rexpr.as_deref()?);
    let (column, unit) = unwrap(left)?;
    let Some(NodeEnum::ColumnRef(reference)) = column.node.as_ref() else { return None };
    let name = reference.fields.last().and_then(text_of)?;
    let zoned = |column: &Column| column.base_type() == "timestamp with time zone";
    let known = shape.relations.iter().filter_map(|relation| catalog.table(&relation.table)?.column(name));
    if !known.clone().all(zoned) || known.count() == 0 {
        return None;
    }
    let (key, value) = (deparse_expression(column.clone())?, deparse_expression(right.clone())?);
    let from = deparse_expression(node.clone())?;
    let start = if unit == "day" { format!("({value})::date") } else { format!("({value})::timestamptz") };
    Some((from, format!("{key} >= {start} AND {key} < {start} + interval '1 {unit}'"), unit))
}

fn unwrap(node: &ast::Node) -> Option<(&ast::Node, String)> {
    match node.node.as_ref()? {
        NodeEnum::TypeCast(cast) => {
            let to = cast.type_name.as_ref()?.names.last().and_then(text_of)?;
            (to == "date").then_some((cast.arg.as_deref()?, "day".to_owned()))
        }
        NodeEnum::FuncCall(call) => {
            let [unit, column] = call.args.as_slice() else { return None };
            let name = call.funcname.last().and_then(text_of)?;
            let Some(NodeEnum::AConst(constant)) = unit.node.as_ref() else { return None };
            let Some(ast::a_const::Val::Sval(unit)) = constant.val.as_ref() else { return None };
            let known = matches!(unit.sval.as_str(), "hour" | "day" | "week" | "month" | "year");
            (name == "date_trunc" && known).then(|| (column, unit.sval.clone()))
        }
        _ => None,
    }
}

fn text_of(node: &ast::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

#[cfg(test)]
#[path = "rewrites_tests.rs"]
mod tests;
