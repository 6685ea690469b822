//! `SELECT c.id, (SELECT count(*) FROM o WHERE o.c_id = c.id)` → a join with the counts of every
//! key, computed once.

use dbwright_sql::{NodeEnum, ast};

use super::{
    Example,
    grouped::{self, grouped},
};
use crate::{
    block::{Block, Draft, Outcome},
    build, tree,
};

pub(super) const ID: &str = "correlated_subplan";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT c.email, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c",
        "SELECT c.email, COALESCE(agg.agg_value, 0) AS orders FROM customers c LEFT JOIN (SELECT o.customer_id AS agg_key_1, count(*) AS agg_value FROM orders o GROUP BY o.customer_id) agg ON agg.agg_key_1 = c.id",
    ),
    Example::new(
        "SELECT *, (SELECT max(o.total) FROM orders o WHERE o.referrer_id = customers.id) FROM customers WHERE tier > 1 ORDER BY id",
        "SELECT customers.*, agg.agg_value AS max FROM customers LEFT JOIN (SELECT o.referrer_id AS agg_key_1, max(o.total) AS agg_value FROM orders o GROUP BY o.referrer_id) agg ON agg.agg_key_1 = customers.id WHERE tier > 1 ORDER BY id",
    ),
    Example::untouched(
        "SELECT c.email, (SELECT o.total FROM orders o WHERE o.customer_id = c.id) FROM customers c",
    ),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    if !block.is_plain() || block.scope.is_open {
        return None;
    }
    let mut targets = block.outputs_without_star()?;
    let alias = grouped::alias(block);
    let mut join = None;
    for target in &mut targets {
        let Some(NodeEnum::ResTarget(output)) = target.node.as_mut() else { continue };
        let Some(NodeEnum::SubLink(link)) = output.val.as_deref().and_then(|value| value.node.as_ref()) else { continue };
        if link.sub_link_type != ast::SubLinkType::ExprSublink as i32 {
            continue;
        }
        let Some(found) = link.subselect.as_deref().and_then(tree::as_select).and_then(|query| grouped(block, query))
        else {
            continue;
        };
        if output.name.is_empty() {
            output.name.clone_from(&found.name);
        }
        output.val = Some(Box::new(build::expression(&found.value(&alias))?));
        join = Some(format!("LEFT JOIN ({}) AS {alias} ON {}", found.query, found.join(&alias)));
        break;
    }
    let select = ast::SelectStmt {
        target_list: targets,
        from_clause: grouped::joined_from(block, &join?)?,
        ..block.select.clone()
    };
    Some(Outcome::rewrite(
        Draft::exact(select).because("one row a key, joined from the outside: no row is lost or doubled"),
    ))
}
