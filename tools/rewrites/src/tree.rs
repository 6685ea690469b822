//! Walks over the parse tree, subqueries included.

use dbwright_sql::{NodeEnum, ast, expression_children, expression_children_mut};

use crate::build::node;

/// Everything directly below a node, as far as queries have it: what an expression has, and the
/// parts of queries.
macro_rules! children_of {
    ($node:expr, $expressions:ident, $iter:ident, $as_ref:ident, $deref:ident) => {{
        let mut found = Vec::new();
        match $node {
            NodeEnum::SubLink(x) => {
                found.extend(x.testexpr.$deref());
                found.extend(x.subselect.$deref());
            }
            NodeEnum::SelectStmt(x) => {
                found.extend(x.distinct_clause.$iter());
                found.extend(x.target_list.$iter());
                found.extend(x.from_clause.$iter());
                found.extend(x.where_clause.$deref());
                found.extend(x.group_clause.$iter());
                found.extend(x.having_clause.$deref());
                found.extend(x.window_clause.$iter());
                found.extend(x.values_lists.$iter());
                found.extend(x.sort_clause.$iter());
                found.extend(x.limit_offset.$deref());
                found.extend(x.limit_count.$deref());
                if let Some(with) = x.with_clause.$as_ref() {
                    found.extend(with.ctes.$iter());
                }
            }
            NodeEnum::CommonTableExpr(x) => found.extend(x.ctequery.$deref()),
            NodeEnum::RangeSubselect(x) => found.extend(x.subquery.$deref()),
            NodeEnum::RangeFunction(x) => found.extend(x.functions.$iter()),
            NodeEnum::JoinExpr(x) => {
                found.extend(x.larg.$deref());
                found.extend(x.rarg.$deref());
                found.extend(x.quals.$deref());
            }
            other => found = $expressions(other),
        }
        found
    }};
}

/// The nodes directly below; of a set operation without its two sides.
pub(crate) fn children(node: &NodeEnum) -> Vec<&ast::Node> {
    children_of!(node, expression_children, iter, as_ref, as_deref)
}

pub(crate) fn children_mut(node: &mut NodeEnum) -> Vec<&mut ast::Node> {
    children_of!(node, expression_children_mut, iter_mut, as_mut, as_deref_mut)
}

/// Visits the node and all below it until `visit` says false for a branch.
pub(crate) fn walk<'a>(node: &'a ast::Node, visit: &mut impl FnMut(&'a NodeEnum) -> bool) {
    let Some(inner) = node.node.as_ref() else { return };
    if !visit(inner) {
        return;
    }
    for child in children(inner) {
        walk(child, visit);
    }
    if let NodeEnum::SelectStmt(select) = inner {
        for side in [&select.larg, &select.rarg].into_iter().flatten() {
            walk_select(side, visit);
        }
    }
}

/// Visits everything below a query.
pub(crate) fn walk_select<'a>(select: &'a ast::SelectStmt, visit: &mut impl FnMut(&'a NodeEnum) -> bool) {
    let lists = [
        &select.distinct_clause,
        &select.target_list,
        &select.from_clause,
        &select.group_clause,
        &select.window_clause,
        &select.values_lists,
        &select.sort_clause,
    ];
    let single = [&select.where_clause, &select.having_clause, &select.limit_offset, &select.limit_count];
    let with = select.with_clause.iter().flat_map(|with| &with.ctes);
    for part in lists.into_iter().flatten().chain(single.into_iter().flatten().map(AsRef::as_ref)).chain(with) {
        walk(part, visit);
    }
    for side in [&select.larg, &select.rarg].into_iter().flatten() {
        walk_select(side, visit);
    }
}

/// Changes the node and all below it, from the top; what `change` puts in is walked too.
pub(crate) fn walk_mut(node: &mut ast::Node, change: &mut impl FnMut(&mut ast::Node)) {
    change(node);
    if let Some(inner) = node.node.as_mut() {
        for child in children_mut(inner) {
            walk_mut(child, change);
        }
    }
}

/// Whether anything at or below the node is what `test` looks for.
pub(crate) fn any(root: &ast::Node, test: impl Fn(&NodeEnum) -> bool) -> bool {
    let mut found = false;
    walk(root, &mut |inner| {
        found |= test(inner);
        !found
    });
    found
}

/// Column references at or below the node, those of subqueries included.
pub(crate) fn column_references(root: &ast::Node) -> Vec<&ast::ColumnRef> {
    let mut found = Vec::new();
    walk(root, &mut |inner| {
        if let NodeEnum::ColumnRef(reference) = inner {
            found.push(reference);
        }
        true
    });
    found
}

/// The text of a String node.
pub(crate) fn string_of(node: &ast::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

/// The parts of a column reference; `None` where it ends in a star.
pub(crate) fn column_parts(reference: &ast::ColumnRef) -> Option<Vec<&str>> {
    reference.fields.iter().map(string_of).collect()
}

/// The reference, where the node is one.
pub(crate) fn as_column(node: &ast::Node) -> Option<&ast::ColumnRef> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(reference) => Some(reference),
        _ => None,
    }
}

/// A built-in function's name in lower case and its arguments; `None` for anything that is more
/// than a plain call.
pub(crate) fn as_call(node: &ast::Node) -> Option<(&str, &[ast::Node])> {
    let NodeEnum::FuncCall(call) = node.node.as_ref()? else { return None };
    let plain = call.over.is_none()
        && !call.agg_star
        && !call.agg_distinct
        && call.agg_filter.is_none()
        && call.agg_order.is_empty()
        && !call.func_variadic;
    plain.then_some((function_name(call)?, &call.args))
}

/// The function's name where it is unqualified or in `pg_catalog`.
pub(crate) fn function_name(call: &ast::FuncCall) -> Option<&str> {
    match call.funcname.as_slice() {
        [only] => string_of(only),
        [schema, name] if string_of(schema) == Some("pg_catalog") => string_of(name),
        _ => None,
    }
}

/// The arms of an expression that is joined by AND or OR; the expression itself otherwise.
pub(crate) fn arms(node: &ast::Node, joined_by: ast::BoolExprType) -> Vec<&ast::Node> {
    match node.node.as_ref() {
        Some(NodeEnum::BoolExpr(expression)) if expression.boolop == joined_by as i32 => {
            expression.args.iter().flat_map(|arm| arms(arm, joined_by)).collect()
        }
        _ => vec![node],
    }
}

/// The query of a subquery node.
pub(crate) fn as_select(node: &ast::Node) -> Option<&ast::SelectStmt> {
    match node.node.as_ref()? {
        NodeEnum::SelectStmt(select) => Some(select),
        _ => None,
    }
}

/// A column reference by its parts.
pub(crate) fn column(parts: &[&str]) -> ast::Node {
    let fields = parts.iter().map(|part| node(NodeEnum::String(ast::String { sval: (*part).to_owned() }))).collect();
    node(NodeEnum::ColumnRef(ast::ColumnRef { fields, location: 0 }))
}

/// Whether two expressions are written the same, positions aside.
pub(crate) fn same(one: &ast::Node, other: &ast::Node) -> bool {
    match (crate::build::sql(one), crate::build::sql(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}
