//! `ORDER BY x LIMIT n` that walks the index on `x` past many rows → `ORDER BY x + 0`: a stop-gap
//! until an index serves both filter and order.

use dbwright_sql::NodeEnum;

use super::Example;
use crate::{
    block::{Block, Draft, Outcome},
    build,
    compare::{self, Kind},
};

pub(super) const ID: &str = "limit_wrong_index";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 10",
        "SELECT id FROM orders WHERE status = 'open' ORDER BY id + 0 LIMIT 10",
    ),
    Example::new(
        "SELECT id FROM orders WHERE status = 'open' ORDER BY placed_at DESC LIMIT 10",
        "SELECT id FROM orders WHERE status = 'open' ORDER BY placed_at + '0 seconds'::interval DESC LIMIT 10",
    ),
    Example::untouched("SELECT id FROM orders ORDER BY id LIMIT 10"),
    Example::untouched("SELECT id FROM orders WHERE status = 'open' ORDER BY id"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    let select = block.select;
    if select.limit_count.is_none() || select.where_clause.is_none() || !block.is_plain() {
        return None;
    }
    let mut changed = select.clone();
    let Some(NodeEnum::SortBy(first)) = changed.sort_clause.first_mut()?.node.as_mut() else { return None };
    let key = first.node.as_deref()?;
    let column = block.column(key)?;
    let nothing = match compare::kind(&column.column.data_type) {
        Kind::Integer | Kind::Date | Kind::Numeric => "0",
        Kind::Timestamp | Kind::TimestampTz => "'0 seconds'::interval",
        _ => return None,
    };
    first.node = Some(Box::new(build::expression(&format!("{} + {nothing}", build::sql(key)?))?));
    Some(Outcome::rewrite(Draft::exact(changed).because("adding nothing changes no value and no order")))
}
