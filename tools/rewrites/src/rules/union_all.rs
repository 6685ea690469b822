//! UNION → UNION ALL, where no row can come twice: no sort or hash of everything.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Draft, Outcome},
    build, compare,
    scope::Scope,
};

pub(super) const ID: &str = "union_without_duplicates";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id, 'order' AS kind FROM orders UNION SELECT id, 'payment' FROM payments",
        "SELECT id, 'order' AS kind FROM orders UNION ALL SELECT id, 'payment' FROM payments",
    ),
    Example::new(
        "SELECT id, status FROM orders WHERE status = 'open' UNION SELECT id, status FROM orders WHERE status = 'done' AND quantity > 3",
        "SELECT id, status FROM orders WHERE status = 'open' UNION ALL SELECT id, status FROM orders WHERE status = 'done' AND quantity > 3",
    ),
    Example::untouched("SELECT id FROM orders UNION SELECT id FROM payments"),
    Example::untouched("SELECT status, 'o' FROM orders UNION SELECT tag, 't' FROM tags"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    let select = block.select;
    if select.op != ast::SetOperation::SetopUnion as i32 || select.all {
        return Vec::new();
    }
    let (Some(left), Some(right)) = (select.larg.as_deref(), select.rarg.as_deref()) else { return Vec::new() };
    let arm = |arm| Scope::of(arm, block.facts, block.ctes, block.scope.outer.clone());
    let (left_scope, right_scope) = (arm(left), arm(right));
    let (left, right) = (block.inner(left, &left_scope), block.inner(right, &right_scope));
    if [&left, &right].iter().any(|arm| block.volatility_of_all(arm.select) == Volatility::Volatile) {
        return Vec::new();
    }
    if !is_unique(&left) || !is_unique(&right) {
        return vec![Outcome::Refuse("a side of the UNION may hold the same row twice: no key of its table is in the output".to_owned())];
    }
    let Some(position) = differing(&left, &right) else {
        return vec![Outcome::Refuse("both sides of the UNION may hold the same row: no output differs for certain".to_owned())];
    };
    let changed = ast::SelectStmt { all: true, ..select.clone() };
    let because = format!("each side holds a key, and output {} differs between them", position + 1);
    vec![Outcome::rewrite(Draft::exact(changed).because(because))]
}

/// Whether a side cannot hold a row twice: one table with a key of it in the output.
fn is_unique(arm: &Block<'_>) -> bool {
    let [source] = arm.scope.sources.as_slice() else { return false };
    if !arm.is_plain() {
        return false;
    }
    let columns: Vec<String> =
        outputs(arm).into_iter().filter_map(|value| Some(arm.column(value?)?.column.name.clone())).collect();
    source.relation.is_some_and(|relation| relation.is_key(&columns))
}

/// An output that is another constant on each side.
fn differing(left: &Block<'_>, right: &Block<'_>) -> Option<usize> {
    let (ours, theirs) = (outputs(left), outputs(right));
    (ours.len() == theirs.len()).then_some(())?;
    ours.iter().zip(&theirs).position(|(one, other)| {
        let (Some(one), Some(other)) = (one.and_then(|value| constant(left, value)), other.and_then(|value| constant(right, value)))
        else {
            return false;
        };
        one != other
    })
}

fn outputs<'n>(arm: &'n Block<'_>) -> Vec<Option<&'n ast::Node>> {
    let value = |target: &'n ast::Node| match target.node.as_ref() {
        Some(NodeEnum::ResTarget(target)) => target.val.as_deref(),
        _ => None,
    };
    arm.select.target_list.iter().map(value).collect()
}

/// The text that an output always has: a constant, or a column that WHERE fixes.
fn constant(arm: &Block<'_>, value: &ast::Node) -> Option<String> {
    if let Some(text) = compare::text(value).filter(|_| compare::cast(value).is_none()) {
        return Some(text.to_owned());
    }
    let column = arm.column(value).filter(|column| !column.column.loose_equality)?;
    // Numbers may be written in several ways, strings only in one.
    if compare::kind(&column.column.data_type) != compare::Kind::Text {
        return None;
    }
    arm.conjuncts().into_iter().find_map(|part| {
        let comparison = compare::Comparison::both(part)
            .find(|comparison| comparison.operator == "=" && arm.column(comparison.left).is_some_and(|found| found.column.name == column.column.name))?;
        compare::text(comparison.right).filter(|_| compare::cast(comparison.right).is_none() && build::sql(value).is_some()).map(str::to_owned)
    })
}
