//! Children of expression nodes, and expressions back to SQL.

use dbwright_sql::{NodeEnum, ast, expression_children_mut};

pub(super) use dbwright_sql::expression_children as children;

/// The parts of a column reference; `None` where it ends in a star.
pub(super) fn column_parts(reference: &ast::ColumnRef) -> Option<Vec<&str>> {
    reference.fields.iter().map(|field| string_of(field)).collect()
}

/// The text of a String node.
pub(super) fn string_of(node: &ast::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

/// The last part of a qualified name: operators and functions.
pub(super) fn last_name(names: &[ast::Node]) -> &str {
    names.last().and_then(string_of).unwrap_or_default()
}

/// The function name where it is unqualified or in `pg_catalog`; `None` in another schema.
pub(super) fn plain_name(names: &[ast::Node]) -> Option<&str> {
    match names {
        [only] => string_of(only),
        [schema, name] if string_of(schema) == Some("pg_catalog") => string_of(name),
        _ => None,
    }
}

/// Every column reference in an expression, subqueries excepted. `None` where the expression
/// holds a star.
pub(super) fn column_references(node: &ast::Node) -> Option<Vec<&ast::ColumnRef>> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node.node.as_ref() {
            Some(NodeEnum::ColumnRef(reference)) => {
                column_parts(reference)?;
                found.push(reference);
            }
            Some(inner) => open.extend(children(inner)),
            None => {}
        }
    }
    Some(found)
}

/// The expression as SQL with every column reference replaced by the bare name that `rename`
/// gives for it.
pub(super) fn expression_sql(node: &ast::Node, rename: &impl Fn(&ast::ColumnRef) -> Option<String>) -> Option<String> {
    let mut copy = node.clone();
    rename_columns(&mut copy, rename)?;
    deparse_expression(copy)
}

fn rename_columns(node: &mut ast::Node, rename: &impl Fn(&ast::ColumnRef) -> Option<String>) -> Option<()> {
    match node.node.as_mut() {
        Some(NodeEnum::ColumnRef(reference)) => {
            let name = rename(reference)?;
            reference.fields = vec![ast::Node { node: Some(NodeEnum::String(ast::String { sval: name })) }];
        }
        Some(inner) => {
            for child in expression_children_mut(inner) {
                rename_columns(child, rename)?;
            }
        }
        None => {}
    }
    Some(())
}

/// Calls `change` on the node and then on every expression below it.
pub(crate) fn visit_expressions_mut(node: &mut ast::Node, change: &mut impl FnMut(&mut ast::Node)) {
    change(node);
    if let Some(inner) = node.node.as_mut() {
        for child in expression_children_mut(inner) {
            visit_expressions_mut(child, change);
        }
    }
}

/// Deparses a lone expression by way of `SELECT expression`.
pub(crate) fn deparse_expression(node: ast::Node) -> Option<String> {
    let target = ast::ResTarget { val: Some(Box::new(node)), ..ast::ResTarget::default() };
    let select = ast::SelectStmt {
        target_list: vec![ast::Node { node: Some(NodeEnum::ResTarget(Box::new(target))) }],
        limit_option: ast::LimitOption::Default as i32,
        op: ast::SetOperation::SetopNone as i32,
        ..ast::SelectStmt::default()
    };
    let text = dbwright_sql::deparse_node(&NodeEnum::SelectStmt(Box::new(select))).ok()?;
    text.strip_prefix("SELECT ").map(str::to_owned)
}
