//! `x < (SELECT avg(y) … WHERE inner = outer)` → a join with the aggregate of every key, computed
//! once.

use dbwright_sql::{NodeEnum, ast};

use super::{
    Example,
    grouped::{self, Missing, grouped},
};
use crate::{
    block::{Block, Draft, Outcome},
    build,
    compare::Comparison,
    tree,
};

pub(super) const ID: &str = "correlated_subplan";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT o.id FROM orders o WHERE o.total > (SELECT avg(i.total) FROM orders i WHERE i.customer_id = o.customer_id)",
        "SELECT o.id FROM orders o JOIN (SELECT i.customer_id AS agg_key_1, avg(i.total) AS agg_value FROM orders i GROUP BY i.customer_id) agg ON agg.agg_key_1 = o.customer_id WHERE o.total > agg.agg_value",
    ),
    Example::new(
        "SELECT c.email FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id AND o.status = 'open') < 2",
        "SELECT c.email FROM customers c LEFT JOIN (SELECT o.customer_id AS agg_key_1, count(*) AS agg_value FROM orders o WHERE o.status = 'open' GROUP BY o.customer_id) agg ON agg.agg_key_1 = c.id WHERE COALESCE(agg.agg_value, 0) < 2",
    ),
    Example::new(
        "SELECT * FROM orders o WHERE o.quantity = (SELECT 2 * max(i.quantity) FROM orders i WHERE o.referrer_id = i.customer_id)",
        "SELECT o.* FROM orders o JOIN (SELECT i.customer_id AS agg_key_1, 2 * max(i.quantity) AS agg_value FROM orders i GROUP BY i.customer_id) agg ON agg.agg_key_1 = o.referrer_id WHERE o.quantity = agg.agg_value",
    ),
    Example::untouched(
        "SELECT o.id FROM orders o WHERE o.total > (SELECT avg(i.total) FROM orders i WHERE i.customer_id > o.customer_id)",
    ),
    Example::untouched("SELECT o.id FROM orders o WHERE o.total > (SELECT avg(i.total) FROM orders i)"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    let parts = block.conjuncts();
    (0..parts.len()).find_map(|at| rewritten(block, &parts, at)).into_iter().collect()
}

fn rewritten(block: &Block<'_>, parts: &[&ast::Node], at: usize) -> Option<Outcome> {
    if block.select.larg.is_some() || !block.select.locking_clause.is_empty() || block.scope.is_open {
        return None;
    }
    let part = parts.get(at)?;
    let (comparison, query) = Comparison::both(part).find_map(|comparison| {
        let NodeEnum::SubLink(link) = comparison.right.node.as_ref()? else { return None };
        let scalar = link.sub_link_type == ast::SubLinkType::ExprSublink as i32;
        Some((comparison, tree::as_select(link.subselect.as_deref().filter(|_| scalar)?)?))
    })?;
    let found = grouped(block, query)?;
    let alias = grouped::alias(block);
    let kind = if matches!(found.missing, Missing::Null) { "JOIN" } else { "LEFT JOIN" };
    let join = format!("{kind} ({}) AS {alias} ON {}", found.query, found.join(&alias));
    // The side without the subquery keeps its place, so that `(…) < 2` stays readable.
    let value = found.value(&alias);
    let left = build::operand(comparison.left)?;
    let is_first = matches!(Comparison::of(part)?.left.node, Some(NodeEnum::SubLink(_)));
    let condition = if is_first {
        format!("{value} {} {left}", comparison.flipped().operator)
    } else {
        format!("{left} {} {value}", comparison.operator)
    };
    let mut kept: Vec<ast::Node> = Vec::new();
    for (other, part) in parts.iter().enumerate() {
        kept.push(if other == at { build::expression(&condition)? } else { (*part).clone() });
    }
    let select = ast::SelectStmt {
        target_list: block.outputs_without_star()?,
        from_clause: grouped::joined_from(block, &join)?,
        ..block.with_conjuncts(kept)
    };
    let draft = Draft::exact(select).because(match found.missing {
        Missing::Null => "one row a key; without rows the aggregate is NULL and the comparison not true, as without a match",
        Missing::Value(_) => "one row a key; where there is none, the outer join puts in what the aggregate gives for no rows",
    });
    Some(Outcome::rewrite(draft))
}
