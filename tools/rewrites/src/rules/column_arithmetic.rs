//! `x + 10 > 50`, `x + interval '1 month' > now()` → `x` alone on its side.

use dbwright_sql::ast;

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
    interval::Interval,
    scope::Resolved,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new("SELECT id FROM orders WHERE quantity + 10 > 50", "SELECT id FROM orders WHERE quantity > 40"),
    Example::new("SELECT id FROM orders WHERE 7 = quantity - 3", "SELECT id FROM orders WHERE quantity = 10"),
    Example::new("SELECT id FROM orders WHERE quantity * 3 >= 100", "SELECT id FROM orders WHERE quantity >= 34"),
    Example::new(
        "SELECT id FROM orders WHERE due + 30 > current_date",
        "SELECT id FROM orders WHERE due > (current_date - 30)",
    ),
    // Months differ in length and days in zones: a wider range is added and the condition stays.
    Example::new(
        "SELECT id FROM orders WHERE placed_at + interval '1 month' > '2024-06-01'::timestamp",
        "SELECT id FROM orders WHERE placed_at > ('2024-06-01'::timestamp - '2851200 seconds'::interval) AND placed_at + '1 month'::interval > '2024-06-01'::timestamp",
    ),
    Example::new(
        "SELECT id FROM orders WHERE shipped_at - interval '2 hours' < now()",
        "SELECT id FROM orders WHERE shipped_at < (now() + '7200 seconds'::interval)",
    ),
    Example::untouched("SELECT id FROM orders WHERE quantity + 10 > customer_id"),
    Example::untouched("SELECT id FROM orders WHERE quantity * 3 = 100 OR status = 'open'"),
];

/// Two days over everything that clocks and calendars do.
const SLACK: i64 = 2 * 86_400;

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, argument, sign, by) = Comparison::both(part).find_map(|comparison| {
        let (argument, sign, by) = compare::binary(comparison.left)?;
        matches!(sign, "+" | "-" | "*").then_some((comparison, argument, sign, by))
    })?;
    let column = block.column(argument)?;
    if !block.is_constant(comparison.right) {
        return None;
    }
    let found = match compare::kind(&column.column.data_type) {
        Kind::Integer => integer(argument, sign, by, comparison),
        Kind::Date => days(argument, sign, by, comparison),
        kind if kind.is_timestamp() => moments(block, argument, sign, by, comparison, kind),
        _ => None,
    };
    found.map(|changed| about(changed, &column))
}

fn about(changed: Changed, column: &Resolved<'_, '_>) -> Changed {
    changed.about(column)
}

fn integer(argument: &ast::Node, sign: &str, by: &ast::Node, comparison: Comparison<'_>) -> Option<Changed> {
    let (by, value) = (compare::integer(by)?, compare::integer(comparison.right)?);
    let name = build::sql(argument)?;
    let operator = comparison.operator;
    let bound = match sign {
        "+" => value.checked_sub(by)?,
        "-" => value.checked_add(by)?,
        _ if by > 0 => match operator {
            "=" | "<>" if value % by != 0 => return None,
            ">" | "<=" | "=" | "<>" => value.div_euclid(by),
            _ => value.checked_add(by - 1)?.div_euclid(by),
        },
        _ => return None,
    };
    Some(Changed::exact(format!("{name} {operator} {bound}")).because("integers; where the sum would overflow, the statement fails"))
}

fn days(argument: &ast::Node, sign: &str, by: &ast::Node, comparison: Comparison<'_>) -> Option<Changed> {
    let by = compare::integer(by)?;
    let other = match sign {
        "+" => "-",
        "-" => "+",
        _ => return None,
    };
    let day = match compare::cast(comparison.right) {
        Some((_, "date")) => build::sql(comparison.right)?,
        Some(_) => return None,
        None if compare::text(comparison.right).is_some_and(|text| compare::calendar_date(text).is_some()) => {
            compare::as_type(comparison.right, "date")?
        }
        None => build::sql(comparison.right).filter(|sql| sql.eq_ignore_ascii_case("current_date"))?,
    };
    let sql = format!("{} {} ({day} {other} {by})", build::sql(argument)?, comparison.operator);
    Some(Changed::exact(sql).because("days are counted"))
}

/// Exact for hours and less; otherwise a range that holds whatever the calendar does is put
/// before the condition.
fn moments(
    block: &Block<'_>,
    argument: &ast::Node,
    sign: &str,
    by: &ast::Node,
    comparison: Comparison<'_>,
    kind: Kind,
) -> Option<Changed> {
    let length = Interval::of(by)?;
    let (name, moment, operator) = (build::sql(argument)?, build::operand(comparison.right)?, comparison.operator);
    let moment = match compare::text(comparison.right) {
        Some(text) if compare::cast(comparison.right).is_none() => {
            compare::calendar_date(text)?;
            format!("{moment}::{}", kind.cast_name())
        }
        _ => moment,
    };
    let other = match sign {
        "+" => "-",
        "-" => "+",
        _ => return None,
    };
    if length.is_pure_time() && same_kind(comparison.right, kind) {
        let sql = format!("{name} {operator} ({moment} {other} '{} seconds'::interval)", length.seconds);
        return Some(Changed::exact(sql).because("hours and less do not depend on the calendar"));
    }
    let part_exists = block.conjuncts().iter().any(|part| {
        Comparison::both(part).any(|known| {
            crate::tree::same(known.left, argument) && known.operator == operator && block.is_constant(known.right)
        })
    });
    if part_exists {
        return None;
    }
    let longest = (length.months * 31 + length.days) * 86_400 + length.seconds + SLACK;
    let shortest = (length.months * 28 + length.days) * 86_400 + length.seconds - SLACK;
    // Which end of the possible lengths leaves out no row.
    let seconds = match (operator, other) {
        (">" | ">=", "-") | ("<" | "<=", "+") => longest,
        (">" | ">=", _) | ("<" | "<=", _) => shortest,
        _ => return None,
    };
    let whole = build::sql(comparison.left)?;
    let right = build::sql(comparison.right)?;
    let sql = format!(
        "{name} {operator} ({moment} {other} '{seconds} seconds'::interval) AND {whole} {operator} {right}"
    );
    Some(Changed::exact(sql).because("the condition itself stays; the range before it is wide enough for any calendar"))
}

/// Whether a constant is of the column's own type, so that no time zone comes between.
fn same_kind(node: &ast::Node, kind: Kind) -> bool {
    match compare::cast(node) {
        Some((_, "timestamp")) => kind == Kind::Timestamp,
        Some((_, "timestamptz")) => kind == Kind::TimestampTz,
        Some(_) => false,
        None => match build::sql(node).unwrap_or_default().to_lowercase().as_str() {
            "now()" | "current_timestamp" => kind == Kind::TimestampTz,
            "localtimestamp" => kind == Kind::Timestamp,
            _ => compare::text(node).is_some(),
        },
    }
}
