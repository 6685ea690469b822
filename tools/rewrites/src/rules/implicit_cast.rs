//! `x::text = '42'`, `x = 42.0::numeric` on an integer column → the constant in the column's type.

use dbwright_sql::ast;

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison, Kind},
};

pub(super) const ID: &str = "implicit_cast";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT status FROM orders WHERE id::text = '42'",
        "SELECT status FROM orders WHERE id = '42'::bigint",
    ),
    Example::new(
        "SELECT status FROM orders WHERE customer_id = 7.00",
        "SELECT status FROM orders WHERE customer_id = 7::integer",
    ),
    Example::new(
        "SELECT status FROM orders WHERE token::text = '6f1c9a52-6c2e-4a53-8f0e-0d9a8f6f2b11'",
        "SELECT status FROM orders WHERE token = '6f1c9a52-6c2e-4a53-8f0e-0d9a8f6f2b11'::uuid",
    ),
    Example::new(
        "SELECT status FROM orders WHERE id = $1::numeric",
        "SELECT status FROM orders WHERE id = $1::numeric::bigint",
    ),
    // No integer is written so, and none equals a fraction.
    Example::untouched("SELECT status FROM orders WHERE id::text = '042'"),
    Example::untouched("SELECT status FROM orders WHERE id = 7.5"),
    Example::untouched("SELECT status FROM orders WHERE note = '42'"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Result<Changed, String>> {
    let comparison = Comparison::both(part)
        .find(|comparison| comparison.operator == "=" && (block.column(inner(comparison.left)).is_some()))?;
    let argument = inner(comparison.left);
    let column = block.column(argument)?;
    let (kind, type_name) = (compare::kind(&column.column.data_type), column.column.data_type.as_str());
    if !block.is_constant(comparison.right) {
        return None;
    }
    let name = build::sql(argument)?;
    let cast_to_text = compare::cast(comparison.left).is_some_and(|(_, to)| matches!(to, "text" | "varchar"));
    let is_cast = compare::cast(comparison.left).is_some();
    if cast_to_text && let Some(text) = compare::text(comparison.right) {
        let canonical = match kind {
            Kind::Integer => text.parse::<i64>().is_ok_and(|number| number.to_string() == text && fits(number, type_name)),
            Kind::Uuid => is_uuid(text),
            _ => false,
        };
        if !canonical {
            let known = matches!(kind, Kind::Integer | Kind::Uuid);
            return known.then(|| Err(format!("no {type_name} is written '{text}', so the statement finds nothing")));
        }
        let sql = format!("{name} = {}::{type_name}", dbwright_sql::quote_literal(text));
        return Some(Ok(Changed::exact(sql).about(&column).because("the constant is written as the type writes it")));
    }
    if cast_to_text && matches!(kind, Kind::Integer | Kind::Uuid) && compare::is_parameter(comparison.right) {
        let sql = format!("{name} = {}::{type_name}", build::operand(comparison.right)?);
        let condition = format!("the value sent is a {type_name}, written as the server writes it");
        return Some(Ok(Changed::exact(sql).about(&column).provided(condition)));
    }
    if kind != Kind::Integer || (is_cast && !cast_is_numeric(comparison.left)) {
        return None;
    }
    // An integer column compared with a number of another type is itself converted.
    if let Some((below, "numeric" | "float8" | "float4")) = compare::cast(comparison.right)
        && compare::is_parameter(below)
    {
        let sql = format!("{name} = {}::{type_name}", build::operand(comparison.right)?);
        return Some(Ok(Changed::exact(sql).about(&column).provided("the value sent is a whole number")));
    }
    let (digits, fraction) = decimal(comparison.right)?;
    if !fraction.bytes().all(|digit| digit == b'0') {
        return None;
    }
    let number: i64 = digits.parse().ok().filter(|number| fits(*number, type_name))?;
    let sql = format!("{name} = {number}::{type_name}");
    Some(Ok(Changed::exact(sql).about(&column).because("the constant is a whole number")))
}

/// The expression below a cast to text or a number, else itself.
fn inner(node: &ast::Node) -> &ast::Node {
    match compare::cast(node) {
        Some((inner, "text" | "varchar" | "numeric" | "float8" | "float4")) => inner,
        _ => node,
    }
}

fn cast_is_numeric(node: &ast::Node) -> bool {
    compare::cast(node).is_some_and(|(_, name)| matches!(name, "numeric" | "float8" | "float4"))
}

/// Digits before and after the point of a constant that is no integer already.
fn decimal(node: &ast::Node) -> Option<(String, String)> {
    let text = match compare::cast(node) {
        Some((inner, "numeric")) => build::sql(inner)?.trim_matches('\'').to_owned(),
        Some(_) => return None,
        None => build::sql(node).filter(|text| text.contains('.'))?,
    };
    let (digits, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!digits.is_empty() && all_digits(digits) && all_digits(fraction))
        .then(|| (digits.to_owned(), fraction.to_owned()))
}

fn fits(number: i64, type_name: &str) -> bool {
    match type_name {
        "smallint" => i16::try_from(number).is_ok(),
        "integer" => i32::try_from(number).is_ok(),
        _ => true,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}
