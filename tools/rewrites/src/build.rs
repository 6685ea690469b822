//! From tree to text and back: rules write SQL and let the grammar build the tree.

use dbwright_sql::{NodeEnum, ast, deparse_node, parse};

/// Wraps a node.
pub(crate) fn node(inner: NodeEnum) -> ast::Node {
    ast::Node { node: Some(inner) }
}

/// A query as a tree.
pub(crate) fn select(sql: &str) -> Option<ast::SelectStmt> {
    match parse(sql).ok()?.one().ok()? {
        NodeEnum::SelectStmt(select) => Some((**select).clone()),
        _ => None,
    }
}

/// An expression as a tree.
pub(crate) fn expression(sql: &str) -> Option<ast::Node> {
    let select = select(&format!("SELECT {sql}"))?;
    match select.target_list.into_iter().next()?.node? {
        NodeEnum::ResTarget(target) => target.val.map(|value| *value),
        _ => None,
    }
}

/// A query as text.
pub(crate) fn select_sql(select: &ast::SelectStmt) -> Option<String> {
    deparse_node(&NodeEnum::SelectStmt(Box::new(select.clone()))).ok()
}

/// An expression as text.
pub(crate) fn sql(expression: &ast::Node) -> Option<String> {
    let target = ast::ResTarget { val: Some(Box::new(expression.clone())), ..ast::ResTarget::default() };
    let select = ast::SelectStmt {
        target_list: vec![node(NodeEnum::ResTarget(Box::new(target)))],
        limit_option: ast::LimitOption::Default as i32,
        op: ast::SetOperation::SetopNone as i32,
        ..ast::SelectStmt::default()
    };
    select_sql(&select)?.strip_prefix("SELECT ").map(str::to_owned)
}

/// An expression as text that keeps its meaning beside any operator.
pub(crate) fn operand(expression: &ast::Node) -> Option<String> {
    let text = sql(expression)?;
    let simple = matches!(
        expression.node,
        Some(
            NodeEnum::ColumnRef(_)
                | NodeEnum::AConst(_)
                | NodeEnum::ParamRef(_)
                | NodeEnum::FuncCall(_)
                | NodeEnum::TypeCast(_)
                | NodeEnum::SqlvalueFunction(_)
                | NodeEnum::CoalesceExpr(_)
        )
    );
    Some(if simple { text } else { format!("({text})") })
}

/// A FROM item as text.
pub(crate) fn from_item(item: &ast::Node) -> Option<String> {
    let select = ast::SelectStmt {
        from_clause: vec![item.clone()],
        limit_option: ast::LimitOption::Default as i32,
        op: ast::SetOperation::SetopNone as i32,
        ..ast::SelectStmt::default()
    };
    select_sql(&select)?.trim_start_matches("SELECT").trim_start().strip_prefix("FROM ").map(str::to_owned)
}

/// Expressions joined by AND; none for an empty list.
pub(crate) fn all_of(mut parts: Vec<ast::Node>) -> Option<Box<ast::Node>> {
    if parts.len() < 2 {
        return parts.pop().map(Box::new);
    }
    let expression =
        ast::BoolExpr { boolop: ast::BoolExprType::AndExpr as i32, args: parts, ..ast::BoolExpr::default() };
    Some(Box::new(node(NodeEnum::BoolExpr(Box::new(expression)))))
}
