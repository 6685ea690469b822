//! An inner join with a table of which nothing is used, where a foreign key proves that exactly
//! one row matches → no join.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Draft, Outcome},
    build,
    compare::Comparison,
    tree,
};

pub(super) const ID: &str = "redundant_join";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open'",
        "SELECT o.id FROM orders o WHERE o.status = 'open'",
    ),
    Example::new(
        "SELECT count(*) FROM orders o JOIN customers c ON o.referrer_id = c.id",
        "SELECT count(*) FROM orders o WHERE o.referrer_id IS NOT NULL",
    ),
    Example::untouched("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.tier = 3"),
    Example::untouched("SELECT o.id FROM orders o JOIN tags t ON t.order_id = o.id"),
    Example::untouched("SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    let select = block.select;
    let [item] = select.from_clause.as_slice() else { return None };
    let NodeEnum::JoinExpr(join) = item.node.as_ref()? else { return None };
    if join.jointype != ast::JoinType::JoinInner as i32 || block.scope.is_open || !select.locking_clause.is_empty() {
        return None;
    }
    // The last table of the chain: earlier ones may be read by conditions that follow.
    let (at, parent) = (block.scope.sources.len().checked_sub(1)?, block.scope.sources.last()?);
    let parent = parent.relation?;
    let NodeEnum::RangeVar(_) = join.rarg.as_deref()?.node.as_ref()? else { return None };
    let comparison = Comparison::both(join.quals.as_deref()?)
        .find(|comparison| comparison.operator == "=" && block.column(comparison.left).is_some_and(|found| found.source == at))?;
    let (referenced, referring) = (block.column(comparison.left)?, block.column(comparison.right)?);
    let proven = referring.source != at
        && referring.level == 0
        && referring.relation.foreign_keys.iter().any(|key| {
            key.columns == [referring.column.name.clone()]
                && key.referenced == [referenced.column.name.clone()]
                && key.schema == parent.schema
                && key.table == parent.name
        })
        && parent.is_key(&[&referenced.column.name])
        && !parent.row_security;
    if !proven {
        return None;
    }
    let elsewhere = select
        .target_list
        .iter()
        .chain(select.where_clause.as_deref())
        .chain(&select.group_clause)
        .chain(select.having_clause.as_deref())
        .chain(&select.sort_clause)
        .chain(&select.distinct_clause)
        .chain(&select.window_clause);
    for part in elsewhere {
        if block.scope.sources_of(part)?.contains(&at) || tree::any(part, is_bare_star) {
            return None;
        }
    }
    let mut parts: Vec<ast::Node> = block.conjuncts().into_iter().cloned().collect();
    if referring.is_nullable() {
        parts.push(build::expression(&format!("{} IS NOT NULL", build::sql(comparison.right)?))?);
    }
    let mut changed = block.with_conjuncts(parts);
    changed.from_clause = vec![join.larg.as_deref()?.clone()];
    let because = format!(
        "the validated foreign key {}.{} finds exactly one row of {}",
        referring.relation.name, referring.column.name, parent.name
    );
    Some(Outcome::rewrite(Draft::exact(changed).because(because)))
}

/// `*` alone; that of `count(*)` is no node.
fn is_bare_star(inner: &NodeEnum) -> bool {
    matches!(inner, NodeEnum::ColumnRef(reference) if matches!(reference.fields.as_slice(), [only] if matches!(only.node, Some(NodeEnum::AStar(_)))))
}
