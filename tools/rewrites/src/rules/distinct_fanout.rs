//! `SELECT DISTINCT a.… FROM a JOIN b` with nothing of `b` in the output → EXISTS: rows are not
//! multiplied to be thrown away again.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Draft, Outcome},
    build, tree,
};

pub(super) const ID: &str = "distinct_via_sort";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT DISTINCT c.id, c.email FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 'open'",
        "SELECT c.id, c.email FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = 'open')",
    ),
    // Names repeat among customers, so DISTINCT stays.
    Example::new(
        "SELECT DISTINCT c.name FROM customers c, orders o WHERE o.customer_id = c.id AND c.tier = 2",
        "SELECT DISTINCT c.name FROM customers c WHERE c.tier = 2 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    ),
    Example::untouched("SELECT DISTINCT c.id, o.status FROM customers c JOIN orders o ON o.customer_id = c.id"),
    Example::untouched("SELECT DISTINCT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id"),
    Example::untouched("SELECT DISTINCT ON (c.id) c.id FROM customers c JOIN orders o ON o.customer_id = c.id"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    let select = block.select;
    // Plain DISTINCT is a list with one empty node; DISTINCT ON names expressions.
    let plain = matches!(select.distinct_clause.as_slice(), [only] if only.node.is_none());
    let fits = plain
        && select.larg.is_none()
        && select.group_clause.is_empty()
        && select.having_clause.is_none()
        && select.window_clause.is_empty()
        && select.locking_clause.is_empty()
        && !block.scope.is_open
        && !select.target_list.iter().any(crate::block::has_aggregate_or_window)
        && block.volatility_of_all(select) < Volatility::Volatile;
    if !fits || block.scope.sources.len() < 2 {
        return None;
    }
    let (mut items, mut parts) = (Vec::new(), Vec::new());
    for item in &select.from_clause {
        flatten(item, &mut items, &mut parts)?;
    }
    parts.extend(block.conjuncts());
    // What the output and the order read stays outside.
    let mut outside = std::collections::BTreeSet::new();
    for target in select.target_list.iter().chain(&select.sort_clause) {
        outside.extend(block.scope.sources_of(target)?);
    }
    if outside.is_empty() || outside.len() == items.len() || items.len() != block.scope.sources.len() {
        return None;
    }
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for part in parts {
        let inside = !block.scope.sources_of(part)?.is_subset(&outside);
        if inside { moved.push(part.clone()) } else { kept.push(part.clone()) }
    }
    // Without a condition between them it was no fan-out but a product.
    let names = |inside: bool| -> Vec<ast::Node> {
        items.iter().enumerate().filter(|(at, _)| outside.contains(at) != inside).map(|(_, item)| (*item).clone()).collect()
    };
    let mut inner = build::select("SELECT 1")?;
    inner.from_clause = names(true);
    inner.where_clause = build::all_of(moved);
    kept.push(build::expression(&format!("EXISTS ({})", build::select_sql(&inner)?))?);
    let mut outer = block.with_conjuncts(kept);
    outer.from_clause = names(false);
    let mut because = "DISTINCT makes it irrelevant how often a row matches".to_owned();
    if is_unique(block, &outside) {
        outer.distinct_clause = Vec::new();
        because.push_str("; a key in the output makes it superfluous");
    }
    Some(Outcome::rewrite(Draft::exact(outer).because(because)))
}

/// Inner joins as a list of sources and conditions.
fn flatten<'n>(item: &'n ast::Node, items: &mut Vec<&'n ast::Node>, parts: &mut Vec<&'n ast::Node>) -> Option<()> {
    match item.node.as_ref()? {
        NodeEnum::JoinExpr(join) => {
            if join.jointype != ast::JoinType::JoinInner as i32 || join.is_natural || !join.using_clause.is_empty() {
                return None;
            }
            flatten(join.larg.as_deref()?, items, parts)?;
            flatten(join.rarg.as_deref()?, items, parts)?;
            if let Some(condition) = join.quals.as_deref() {
                parts.extend(tree::arms(condition, ast::BoolExprType::AndExpr));
            }
        }
        NodeEnum::RangeVar(_) => items.push(item),
        NodeEnum::RangeSubselect(sub) if !sub.lateral => items.push(item),
        _ => return None,
    }
    Some(())
}

/// Whether the rows of one remaining table cannot repeat in the output.
fn is_unique(block: &Block<'_>, outside: &std::collections::BTreeSet<usize>) -> bool {
    let [only] = outside.iter().copied().collect::<Vec<_>>()[..] else { return false };
    let Some(relation) = block.scope.sources.get(only).and_then(|source| source.relation) else { return false };
    let columns: Vec<String> = block
        .select
        .target_list
        .iter()
        .filter_map(|target| match target.node.as_ref()? {
            NodeEnum::ResTarget(target) => Some(block.column(target.val.as_deref()?)?.column.name.clone()),
            _ => None,
        })
        .collect();
    relation.is_key(&columns)
}
