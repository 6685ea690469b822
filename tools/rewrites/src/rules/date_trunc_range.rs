//! `date_trunc('month', x) = m` → a range of `x` that an index serves.

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
        "SELECT id FROM orders WHERE date_trunc('month', placed_at) = '2024-03-01'",
        "SELECT id FROM orders WHERE placed_at >= '2024-03-01'::timestamp AND placed_at < ('2024-03-01'::timestamp + '1 month'::interval)",
    ),
    Example::new(
        "SELECT id FROM orders WHERE date_trunc('day', shipped_at) >= '2024-03-05'",
        "SELECT id FROM orders WHERE shipped_at >= '2024-03-05'::timestamptz",
    ),
    // The middle of a month is the start of none: the guard keeps the answer empty.
    Example::new(
        "SELECT id FROM orders WHERE date_trunc('month', placed_at) = '2024-03-05'",
        "SELECT id FROM orders WHERE placed_at >= '2024-03-05'::timestamp AND placed_at < ('2024-03-05'::timestamp + '1 month'::interval) AND date_trunc('month', '2024-03-05'::timestamp) = '2024-03-05'::timestamp",
    ),
    Example::untouched("SELECT id FROM orders WHERE date_trunc('month', placed_at) > '2024-03-05'"),
    Example::untouched("SELECT date_trunc('month', placed_at) FROM orders"),
];

/// Units with the interval that one of them lasts.
const UNITS: [(&str, &str); 7] = [
    ("minute", "1 minute"),
    ("hour", "1 hour"),
    ("day", "1 day"),
    ("week", "1 week"),
    ("month", "1 month"),
    ("quarter", "3 months"),
    ("year", "1 year"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, unit, argument) = Comparison::both(part).find_map(|comparison| {
        let (unit, argument) = truncated(comparison.left)?;
        Some((comparison, unit, argument))
    })?;
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let column = block.column(argument)?;
    let kind = compare::kind(&column.column.data_type);
    if !kind.is_timestamp() || !block.is_constant(comparison.right) {
        return None;
    }
    let start = start(comparison.right, kind)?;
    let aligned = is_aligned(comparison.right, &unit);
    let name = build::sql(argument)?;
    let end = format!("({start} + '{length}'::interval)");
    let sql = match (comparison.operator, aligned) {
        ("=", true) => format!("{name} >= {start} AND {name} < {end}"),
        ("=", false) => {
            format!("{name} >= {start} AND {name} < {end} AND date_trunc('{unit}', {start}) = {start}")
        }
        (">=", true) => format!("{name} >= {start}"),
        ("<", true) => format!("{name} < {start}"),
        (">", true) => format!("{name} >= {end}"),
        ("<=", true) => format!("{name} < {end}"),
        _ => return None,
    };
    Some(Changed::exact(sql).about(&column).because(format!("a {unit} is the range from its start to the next one's")))
}

/// The unit and the argument of `date_trunc`.
fn truncated(node: &ast::Node) -> Option<(String, &ast::Node)> {
    match tree::as_call(node)? {
        ("date_trunc", [unit, argument]) => Some((compare::text(unit)?.to_lowercase(), argument)),
        _ => None,
    }
}

/// The constant in the column's type.
fn start(node: &ast::Node, kind: Kind) -> Option<String> {
    let type_name = kind.cast_name();
    if let Some((inner, _)) = truncated(node).map(|(unit, argument)| (argument, unit)) {
        // `date_trunc('month', now())`: of the column's type only for timestamptz.
        return (kind == Kind::TimestampTz && compare::cast(inner).is_none()).then(|| build::sql(node)).flatten();
    }
    let plain = match compare::cast(node) {
        Some((inner, name)) => {
            // A timestamp compared with a timestamptz is converted by TimeZone, which a cast would not do twice.
            (name == type_name || name == "date") && (compare::text(inner).is_some() || compare::is_parameter(inner))
        }
        None => compare::text(node).is_some() || compare::is_parameter(node),
    };
    let finite = compare::text(node).is_none_or(|text| compare::calendar_date(text).is_some());
    (plain && finite).then(|| compare::as_type(node, type_name)).flatten()
}

/// Whether the constant certainly is the start of a unit.
fn is_aligned(node: &ast::Node, unit: &str) -> bool {
    if let Some((own, _)) = truncated(node) {
        return own == unit;
    }
    let Some((day, rest)) = compare::text(node).and_then(compare::calendar_date) else { return false };
    let midnight = matches!(rest, "" | " 00:00" | " 00:00:00" | "T00:00:00");
    midnight
        && match unit {
            "minute" | "hour" | "day" => true,
            "month" => day.ends_with("-01"),
            "quarter" => ["-01-01", "-04-01", "-07-01", "-10-01"].iter().any(|start| day.ends_with(start)),
            "year" => day.ends_with("-01-01"),
            _ => false,
        }
}
