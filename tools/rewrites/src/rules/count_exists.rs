//! `(SELECT count(*) …) > 0` → `EXISTS`: the first row is enough.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison},
    tree,
};

pub(super) const ID: &str = "count_instead_of_exists";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT email FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0",
        "SELECT email FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    ),
    Example::new(
        "SELECT email FROM customers c WHERE 0 = (SELECT count(o.note) FROM orders o WHERE o.customer_id = c.id)",
        "SELECT email FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.note IS NOT NULL)",
    ),
    Example::untouched(
        "SELECT email FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 1",
    ),
    Example::untouched(
        "SELECT email FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id GROUP BY status) > 0",
    ),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(part).map(Ok))
}

fn changed(part: &ast::Node) -> Option<Changed> {
    let (comparison, query) = Comparison::both(part).find_map(|comparison| {
        let NodeEnum::SubLink(link) = comparison.left.node.as_ref()? else { return None };
        let scalar = link.sub_link_type == ast::SubLinkType::ExprSublink as i32;
        Some((comparison, tree::as_select(link.subselect.as_deref().filter(|_| scalar)?)?))
    })?;
    let exists = match (comparison.operator, compare::integer(comparison.right)?) {
        (">" | "<>", 0) | (">=", 1) => true,
        ("=" | "<=", 0) | ("<", 1) => false,
        _ => return None,
    };
    let simple = query.group_clause.is_empty()
        && query.having_clause.is_none()
        && query.distinct_clause.is_empty()
        && query.limit_count.is_none()
        && query.limit_offset.is_none()
        && query.larg.is_none()
        && query.values_lists.is_empty();
    let [target] = query.target_list.as_slice() else { return None };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
    let Some(NodeEnum::FuncCall(call)) = target.val.as_deref()?.node.as_ref() else { return None };
    if !simple || tree::function_name(call)? != "count" || call.over.is_some() || call.agg_filter.is_some() {
        return None;
    }
    let mut parts: Vec<ast::Node> = query.where_clause.iter().map(|clause| (**clause).clone()).collect();
    // count(x) leaves out NULLs; count(DISTINCT x) is zero when count(x) is.
    if let [counted] = call.args.as_slice()
        && !matches!(counted.node, Some(NodeEnum::AConst(_)))
    {
        parts.push(build::expression(&format!("{} IS NOT NULL", build::operand(counted)?))?);
    }
    let inner = ast::SelectStmt {
        target_list: build::select("SELECT 1")?.target_list,
        where_clause: build::all_of(parts),
        sort_clause: Vec::new(),
        ..query.clone()
    };
    let not = if exists { "" } else { "NOT " };
    Some(Changed::exact(format!("{not}EXISTS ({})", build::select_sql(&inner)?)).because("only whether there is a row matters"))
}
