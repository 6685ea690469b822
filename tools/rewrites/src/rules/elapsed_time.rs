//! `now() - x < interval '1 day'` → `x` itself against a moment.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
    interval::Interval,
    tree,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE now() - shipped_at < interval '1 day'",
        "SELECT id FROM orders WHERE shipped_at > (now() - '86400 seconds'::interval)",
    ),
    Example::new(
        "SELECT id FROM orders WHERE '2024-03-05'::timestamp - placed_at >= '1 month 1 hour'::interval",
        "SELECT id FROM orders WHERE placed_at <= ('2024-03-05'::timestamp - '2595600 seconds'::interval)",
    ),
    // Which types meet decides whether the time zone has a say.
    Example::untouched("SELECT id FROM orders WHERE now() - placed_at < interval '1 day'"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, moment, argument) = Comparison::both(part).find_map(|comparison| {
        let (moment, operator, argument) = compare::binary(comparison.left)?;
        (operator == "-").then_some((comparison, moment, argument))
    })?;
    let length = Interval::of(comparison.right)?;
    let column = block.column(argument)?;
    let kind = compare::kind(&column.column.data_type);
    if moment_kind(moment)? != kind || !block.is_constant(moment) {
        return None;
    }
    let operator = comparison.flipped().operator;
    // The difference of two timestamps is counted in days of 24 hours, and so are they compared.
    let sql = format!(
        "{} {operator} ({} - '{} seconds'::interval)",
        build::sql(argument)?,
        build::operand(moment)?,
        length.compared_seconds()
    );
    Some(Changed::exact(sql).about(&column).because("elapsed time is compared in seconds, a month as thirty days"))
}

/// The type of a constant moment.
fn moment_kind(node: &ast::Node) -> Option<Kind> {
    if let Some(("now" | "transaction_timestamp" | "statement_timestamp", [])) = tree::as_call(node) {
        return Some(Kind::TimestampTz);
    }
    match node.node.as_ref()? {
        NodeEnum::SqlvalueFunction(function) => match ast::SqlValueFunctionOp::try_from(function.op).ok()? {
            ast::SqlValueFunctionOp::SvfopCurrentTimestamp => Some(Kind::TimestampTz),
            ast::SqlValueFunctionOp::SvfopLocaltimestamp => Some(Kind::Timestamp),
            _ => None,
        },
        NodeEnum::TypeCast(_) => match compare::cast(node)?.1 {
            "timestamp" => Some(Kind::Timestamp),
            "timestamptz" => Some(Kind::TimestampTz),
            _ => None,
        },
        _ => None,
    }
}
