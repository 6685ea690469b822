//! `extract(epoch from x) > n` → a comparison of `x` itself.

use dbwright_sql::ast;

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
    tree,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE extract(epoch FROM shipped_at) >= 1709600000",
        "SELECT id FROM orders WHERE shipped_at >= to_timestamp(1709600000)",
    ),
    Example::new(
        "SELECT id FROM orders WHERE 1709600000 > extract(epoch FROM placed_at)",
        "SELECT id FROM orders WHERE placed_at < timezone('UTC', to_timestamp(1709600000))",
    ),
    Example::untouched("SELECT id FROM orders WHERE extract(epoch FROM placed_at) > quantity"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, argument) =
        Comparison::both(part).find_map(|comparison| Some((comparison, argument(comparison.left)?)))?;
    let column = block.column(argument)?;
    // Seconds that a timestamp holds without rounding.
    let seconds = compare::integer(comparison.right).filter(|seconds| (0..100_000_000_000).contains(seconds))?;
    let moment = match compare::kind(&column.column.data_type) {
        Kind::TimestampTz => format!("to_timestamp({seconds})"),
        // Of a timestamp without zone the epoch is counted as if it were in UTC.
        Kind::Timestamp => format!("timezone('UTC', to_timestamp({seconds}))"),
        _ => return None,
    };
    let sql = format!("{} {} {moment}", build::sql(argument)?, comparison.operator);
    Some(Changed::exact(sql).about(&column).because("the epoch grows with the time"))
}

fn argument(node: &ast::Node) -> Option<&ast::Node> {
    match tree::as_call(node)? {
        ("extract" | "date_part", [name, argument]) if compare::text(name)?.eq_ignore_ascii_case("epoch") => {
            Some(argument)
        }
        _ => None,
    }
}
