//! `extract(year from x) = 2024`, with or without the month → a range of `x`.

use dbwright_sql::ast;

use super::Example;
use crate::{
    block::{Block, Changed, Draft, Outcome},
    build,
    compare::{self, Comparison, Kind},
    tree,
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE extract(year FROM placed_at) = 2024",
        "SELECT id FROM orders WHERE placed_at >= '2024-01-01'::timestamp AND placed_at < '2025-01-01'::timestamp",
    ),
    Example::new(
        "SELECT id FROM orders WHERE date_part('year', due) >= 2024 AND status = 'open'",
        "SELECT id FROM orders WHERE due >= '2024-01-01'::date AND due < 'infinity'::date AND status = 'open'",
    ),
    Example::new(
        "SELECT id FROM orders WHERE extract(year FROM placed_at) = 2024 AND extract(month FROM placed_at) = 12",
        "SELECT id FROM orders WHERE placed_at >= '2024-12-01'::timestamp AND placed_at < '2025-01-01'::timestamp",
    ),
    Example::untouched("SELECT id FROM orders WHERE extract(month FROM placed_at) = 3"),
    Example::untouched("SELECT id FROM orders WHERE extract(year FROM placed_at) = 2024.5"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    match with_month(block) {
        Some(outcome) => vec![outcome],
        None => block.each_conjunct(|part| changed(block, part).map(Ok)),
    }
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, argument) =
        Comparison::both(part).find_map(|comparison| Some((comparison, field(comparison.left, "year")?)))?;
    let column = block.column(argument)?;
    let kind = compare::kind(&column.column.data_type);
    if !(kind.is_timestamp() || kind == Kind::Date) {
        return None;
    }
    let year = compare::integer(comparison.right).filter(|year| (1..9999).contains(year))?;
    let name = build::sql(argument)?;
    let start = |year: i64| format!("'{year:04}-01-01'::{}", kind.cast_name());
    // Before PostgreSQL 17 the year of infinity is 0 (or an error), later it is infinity.
    let finite = format!("{name} < 'infinity'::{}", kind.cast_name());
    let sql = match comparison.operator {
        "=" => format!("{name} >= {} AND {name} < {}", start(year), start(year + 1)),
        ">=" => format!("{name} >= {} AND {finite}", start(year)),
        ">" => format!("{name} >= {} AND {finite}", start(year + 1)),
        _ => return None,
    };
    Some(Changed::exact(sql).about(&column).because("a year is the range from its first day to the next one's"))
}

/// Year and month of one column together.
fn with_month(block: &Block<'_>) -> Option<Outcome> {
    let parts = block.conjuncts();
    let fields: Vec<Option<(&ast::Node, &str, i64)>> = parts.iter().map(|part| equality(part)).collect();
    let find = |wanted: &str| {
        fields.iter().enumerate().find_map(|(at, field)| field.filter(|(_, name, _)| *name == wanted).map(|f| (at, f)))
    };
    let ((year_at, (column, _, year)), (month_at, (other, _, month))) = (find("year")?, find("month")?);
    let resolved = block.column(column)?;
    let kind = compare::kind(&resolved.column.data_type);
    let fine = tree::same(column, other)
        && (kind.is_timestamp() || kind == Kind::Date)
        && (1..9999).contains(&year)
        && (1..=12).contains(&month);
    if !fine {
        return None;
    }
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let (name, type_name) = (build::sql(column)?, kind.cast_name());
    let range = build::expression(&format!(
        "{name} >= '{year:04}-{month:02}-01'::{type_name} AND {name} < '{next_year:04}-{next_month:02}-01'::{type_name}"
    ))?;
    let mut kept = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at == year_at {
            kept.extend(tree::arms(&range, ast::BoolExprType::AndExpr).into_iter().cloned());
        } else if at != month_at {
            kept.push((*part).clone());
        }
    }
    let draft = Draft::exact(block.with_conjuncts(kept)).because("a month is the range from its first day to the next one's");
    let relation = resolved.relation;
    let subject = Some((format!("{}.{}", relation.schema, relation.name), resolved.column.name.clone()));
    Some(Outcome::rewrite(Draft { subject, ..draft }))
}

fn equality(part: &ast::Node) -> Option<(&ast::Node, &'static str, i64)> {
    let comparison = Comparison::of(part).filter(|comparison| comparison.operator == "=")?;
    let value = compare::integer(comparison.right)?;
    ["year", "month"].into_iter().find_map(|name| Some((field(comparison.left, name)?, name, value)))
}

/// The argument of `extract(field from …)`.
fn field<'n>(node: &'n ast::Node, wanted: &str) -> Option<&'n ast::Node> {
    match tree::as_call(node)? {
        ("extract" | "date_part", [name, argument]) if compare::text(name)?.eq_ignore_ascii_case(wanted) => {
            Some(argument)
        }
        _ => None,
    }
}
