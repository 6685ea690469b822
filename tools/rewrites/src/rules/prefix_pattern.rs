//! `left(x, 3) = 'abc'` → `x LIKE 'abc%'`, which an index can serve.

use dbwright_sql::{ast, quote_literal};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
    tree,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new("SELECT id FROM orders WHERE left(note, 3) = 'abc'", "SELECT id FROM orders WHERE note LIKE 'abc%'"),
    Example::new(
        "SELECT id FROM orders WHERE substring(status, 1, 2) = 'a_'",
        r"SELECT id FROM orders WHERE status LIKE E'a\\_%'",
    ),
    // Longer or shorter than what is cut off: never or not only equal.
    Example::untouched("SELECT id FROM orders WHERE left(note, 3) = 'ab'"),
    Example::untouched("SELECT id FROM orders WHERE substring(note, 2, 2) = 'ab'"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, argument, length) = Comparison::both(part).find_map(|comparison| {
        let (argument, length) = prefix(comparison.left)?;
        (comparison.operator == "=").then_some((comparison, argument, length))
    })?;
    let column = block.column(argument)?;
    let start = compare::text(comparison.right)?;
    let fine = compare::kind(&column.column.data_type) == Kind::Text
        && !column.column.loose_equality
        && i64::try_from(start.chars().count()) == Ok(length)
        && length > 0;
    if !fine {
        return None;
    }
    let pattern: String = start
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .chain(['%'])
        .collect();
    let sql = format!("{} LIKE {}", build::sql(argument)?, quote_literal(&pattern));
    Some(Changed::exact(sql).about(&column).because("the constant is as long as the prefix, and equal strings are the same"))
}

fn prefix(node: &ast::Node) -> Option<(&ast::Node, i64)> {
    match tree::as_call(node)? {
        ("left", [argument, length]) => Some((argument, compare::integer(length)?)),
        ("substring" | "substr", [argument, from, length]) if compare::integer(from)? == 1 => {
            Some((argument, compare::integer(length)?))
        }
        _ => None,
    }
}
