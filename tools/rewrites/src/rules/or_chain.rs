//! `x = 1 OR x = 2 OR x = 3` → `x IN (1, 2, 3)`: one index condition instead of one for each arm.

use dbwright_sql::ast;

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::Comparison,
    tree,
};

pub(super) const ID: &str = "or_predicate";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE status = 'a' OR status = 'b' OR 'c' = status",
        "SELECT id FROM orders WHERE status IN ('a', 'b', 'c')",
    ),
    Example::untouched("SELECT id FROM orders WHERE status = 'a' OR status = 'b' OR note = 'c'"),
    Example::untouched("SELECT id FROM orders WHERE status = 'a' OR status = 'b'"),
    Example::untouched("SELECT id FROM orders WHERE status = 'a' OR status = note OR status = 'c'"),
];

/// Fewer arms are no burden.
const LEAST: usize = 3;

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let arms = tree::arms(part, ast::BoolExprType::OrExpr);
    if arms.len() < LEAST {
        return None;
    }
    let equalities: Vec<Comparison<'_>> = arms
        .iter()
        .map(|arm| {
            Comparison::both(arm).find(|comparison| {
                comparison.operator == "="
                    && block.column(comparison.left).is_some()
                    && block.is_constant(comparison.right)
            })
        })
        .collect::<Option<_>>()?;
    let first = equalities.first()?;
    if !equalities.iter().all(|other| tree::same(first.left, other.left)) {
        return None;
    }
    let values: Vec<String> =
        equalities.iter().map(|comparison| build::sql(comparison.right)).collect::<Option<_>>()?;
    let column = block.column(first.left)?;
    let sql = format!("{} IN ({})", build::sql(first.left)?, values.join(", "));
    Some(Changed::exact(sql).about(&column).because("all arms compare the same column"))
}
