//! `coalesce(x, 0) = 5` → `x = 5`; `coalesce(x, 0) = 0` → `x = 0 OR x IS NULL`.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build,
    compare::{self, Comparison},
};

pub(super) const ID: &str = "non_sargable";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new("SELECT id FROM orders WHERE coalesce(quantity, 0) = 5", "SELECT id FROM orders WHERE quantity = 5"),
    Example::new(
        "SELECT id FROM orders WHERE coalesce(quantity, 0) < 3",
        "SELECT id FROM orders WHERE (quantity < 3 OR quantity IS NULL)",
    ),
    Example::new(
        "SELECT id FROM orders WHERE coalesce(note, '') = ''",
        "SELECT id FROM orders WHERE (note = '' OR note IS NULL)",
    ),
    // It cannot be NULL, so any comparison will do.
    Example::new(
        "SELECT id FROM orders WHERE coalesce(status, 'none') = $1",
        "SELECT id FROM orders WHERE status = $1",
    ),
    Example::untouched("SELECT id FROM orders WHERE coalesce(quantity, 0) = $1"),
    Example::untouched("SELECT id FROM orders WHERE coalesce(quantity, customer_id) = 5"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part).map(Ok))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Changed> {
    let (comparison, argument, instead) = Comparison::both(part).find_map(|comparison| {
        let NodeEnum::CoalesceExpr(coalesce) = comparison.left.node.as_ref()? else { return None };
        let [argument, instead] = coalesce.args.as_slice() else { return None };
        Some((comparison, argument, instead))
    })?;
    let column = block.column(argument)?;
    let (name, operator, value) = (build::sql(argument)?, comparison.operator, build::operand(comparison.right)?);
    if !block.is_constant(comparison.right) || !block.is_constant(instead) {
        return None;
    }
    if !column.is_nullable() {
        let sql = format!("{name} {operator} {value}");
        return Some(Changed::exact(sql).about(&column).because(format!("{} is never NULL", column.column.name)));
    }
    let holds = match (compare::integer(instead), compare::integer(comparison.right)) {
        (Some(instead), Some(value)) => holds(&instead, operator, &value)?,
        // How texts are ordered is the collation's business, not ours.
        _ => match (compare::text(instead), compare::text(comparison.right)) {
            (Some(instead), Some(value)) if operator == "=" && !column.column.loose_equality => instead == value,
            _ => return None,
        },
    };
    let sql =
        if holds { format!("({name} {operator} {value} OR {name} IS NULL)") } else { format!("{name} {operator} {value}") };
    Some(Changed::exact(sql).about(&column).because("what stands in for NULL is a constant"))
}

fn holds<T: PartialOrd>(left: &T, operator: &str, right: &T) -> Option<bool> {
    match operator {
        "=" => Some(left == right),
        "<>" => Some(left != right),
        "<" => Some(left < right),
        "<=" => Some(left <= right),
        ">" => Some(left > right),
        ">=" => Some(left >= right),
        _ => None,
    }
}
