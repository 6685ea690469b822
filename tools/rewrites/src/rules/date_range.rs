//! `date(x) = d`, `x::date BETWEEN a AND b` → a range of `x` that an index serves.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
    scope::Resolved,
    tree,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE placed_at::date = '2024-03-05'",
        "SELECT id FROM orders WHERE placed_at >= '2024-03-05'::date AND placed_at < ('2024-03-05'::date + 1)",
    ),
    Example::new(
        "SELECT id FROM orders o WHERE date(o.shipped_at) <= '2024-03-05' AND status = 'open'",
        "SELECT id FROM orders o WHERE o.shipped_at < ('2024-03-05'::date + 1) AND status = 'open'",
    ),
    Example::new(
        "SELECT id FROM orders WHERE placed_at::date BETWEEN '2024-03-05' AND '2024-03-06'",
        "SELECT id FROM orders WHERE placed_at >= '2024-03-05'::date AND placed_at < ('2024-03-06'::date + 1)",
    ),
    Example::new(
        "SELECT id FROM orders WHERE date(placed_at) > current_date - 7",
        "SELECT id FROM orders WHERE placed_at >= (current_date - 7 + 1)",
    ),
    Example::untouched("SELECT id FROM orders WHERE placed_at::date = due"),
    Example::untouched("SELECT id FROM orders WHERE due::date = '2024-03-05'"),
    Example::untouched("SELECT id FROM orders WHERE placed_at::date = 'infinity'"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    if let Some((left, low, high)) = compare::between(part) {
        let column = day_of(block, left)?;
        let (low, high) = (date(block, low)?, date(block, high)?);
        let name = operand_of(left)?;
        return Some(stated(Changed::exact(format!("{name} >= {low} AND {name} < ({high} + 1)")), &column));
    }
    let comparison = Comparison::both(part).find(|comparison| day_of(block, comparison.left).is_some())?;
    let column = day_of(block, comparison.left)?;
    let day = date(block, comparison.right)?;
    let name = operand_of(comparison.left)?;
    let sql = match comparison.operator {
        "=" => format!("{name} >= {day} AND {name} < ({day} + 1)"),
        "<" => format!("{name} < {day}"),
        "<=" => format!("{name} < ({day} + 1)"),
        ">" => format!("{name} >= ({day} + 1)"),
        ">=" => format!("{name} >= {day}"),
        _ => return None,
    };
    Some(stated(Changed::exact(sql), &column))
}

fn stated(changed: Changed, column: &Resolved<'_, '_>) -> Changed {
    let changed = changed.about(column);
    match compare::kind(&column.column.data_type) {
        Kind::TimestampTz => changed.because(
            "a day runs from midnight to midnight of TimeZone (a zone whose clocks go back over midnight has a longer one)",
        ),
        _ => changed.because("a day is the range from its midnight to the next"),
    }
}

/// The column whose day an expression is.
fn day_of<'s>(block: &'s Block<'_>, node: &ast::Node) -> Option<Resolved<'s, 's>> {
    let column = block.column(inner(node)?)?;
    compare::kind(&column.column.data_type).is_timestamp().then_some(column)
}

fn inner(node: &ast::Node) -> Option<&ast::Node> {
    match (compare::cast(node), tree::as_call(node)) {
        (Some((inner, "date")), _) => Some(inner),
        (_, Some(("date", [inner]))) => Some(inner),
        _ => None,
    }
}

fn operand_of(node: &ast::Node) -> Option<String> {
    build::sql(inner(node)?)
}

/// A constant that is a date for the comparison: comparing with a timestamp would mean more.
fn date(block: &Block<'_>, node: &ast::Node) -> Option<String> {
    if !block.is_constant(node) {
        return None;
    }
    if let Some((inner, name)) = compare::cast(node) {
        let fine = name == "date" && compare::text(inner).is_none_or(is_day);
        return if fine { compare::as_type(node, "date") } else { None };
    }
    if let Some((left, "+" | "-", right)) = compare::binary(node) {
        compare::integer(right)?;
        return Some(format!("{} {} {}", date(block, left)?, compare::binary(node)?.1, build::sql(right)?));
    }
    match node.node.as_ref()? {
        NodeEnum::AConst(_) if compare::text(node).is_some_and(is_day) => compare::as_type(node, "date"),
        NodeEnum::ParamRef(_) => compare::as_type(node, "date"),
        NodeEnum::SqlvalueFunction(function) if function.op == ast::SqlValueFunctionOp::SvfopCurrentDate as i32 => {
            Some("current_date".to_owned())
        }
        _ => None,
    }
}

/// A finite day: `infinity` has none after it.
fn is_day(text: &str) -> bool {
    compare::calendar_date(text).is_some_and(|(_, rest)| rest.is_empty())
}
