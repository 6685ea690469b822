//! How large an index will be: our own model, since hypothetical sizes ignore deduplication and
//! come out 1.6 to 4.3 times too large.

use crate::{Candidate, Catalog, Column, KeyExpression, Method, Table};

const PAGE: f64 = 8192.0;
/// Bytes of a page that a fresh b-tree fills: 90 % of it, less header and high key.
const FILLED: f64 = (PAGE - 24.0 - 16.0 - 40.0) * 0.9;
/// Tuple header and line pointer.
const ENTRY: f64 = 8.0 + 4.0;
/// A row's address in a posting list.
const ADDRESS: f64 = 6.0;
/// Hash value, row address and line pointer, in buckets three quarters full.
const HASH_ENTRY: f64 = 20.0 / 0.75;
/// Two values and a range number.
const BRIN_ENTRY: u64 = 40;
/// A plain expression key, where no statistics tell.
const EXPRESSION_WIDTH: f64 = 16.0;

/// Estimated size on disk; at least two pages.
pub fn estimated_bytes(candidate: &Candidate, catalog: &Catalog) -> u64 {
    let Some(table) = catalog.table(&candidate.table) else { return 0 };
    let rows = (table.rows * predicate_share(candidate, table)).max(1.0);
    let payload = match candidate.method {
        Method::Btree => btree_payload(candidate, table, rows, catalog.server_version >= 130_000),
        Method::Hash => rows * HASH_ENTRY,
        // One summary for 128 pages.
        Method::Brin => return 4 * 8192 + table.pages / 128 * BRIN_ENTRY,
        Method::Gin => gin_payload(candidate, table, rows),
        Method::Gist => rows * (ENTRY + 32.0) * 1.4,
    };
    let pages = (payload / FILLED * 1.01).ceil() + 1.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of pages")]
    {
        (pages * PAGE) as u64
    }
}

fn btree_payload(candidate: &Candidate, table: &Table, rows: f64, can_deduplicate: bool) -> f64 {
    let keys: Vec<Option<&Column>> = candidate.keys.iter().map(|key| plain(&key.expression, table)).collect();
    let width: f64 = keys.iter().map(|column| column.map_or(EXPRESSION_WIDTH, Column::width)).sum();
    let include: f64 = candidate.include.iter().filter_map(|name| table.column(name)).map(Column::width).sum();
    let entry = ENTRY + align(width + include);
    // Entries with INCLUDE columns are never merged.
    let merges = can_deduplicate
        && candidate.include.is_empty()
        && keys.iter().all(|column| column.is_none_or(Column::deduplicates));
    if !merges {
        return rows * entry;
    }
    let distinct = keys
        .iter()
        .map(|column| column.map_or(rows / 10.0, |column| column.distinct_values(table.rows)))
        .product::<f64>()
        .clamp(1.0, rows);
    let nulls = match keys.as_slice() {
        [Some(column)] => column.null_frac.unwrap_or(0.0),
        _ => 0.0,
    };
    // Values that occur once stay plain entries; the others share posting lists, which PostgreSQL
    // cuts at a sixth of a page.
    let per_value = (rows * (1.0 - nulls) / distinct).max(1.0);
    let lists = if per_value < 1.5 { 0.0 } else { (rows * ADDRESS / (PAGE / 6.0)).max(distinct) };
    if lists > 0.0 { lists * entry + rows * ADDRESS } else { rows * entry }
}

/// A rough model: the addresses of all items of all rows, packed to two bytes each, and a share
/// of the column itself for the items.
fn gin_payload(candidate: &Candidate, table: &Table, rows: f64) -> f64 {
    let width: f64 = candidate.keys.iter().map(|key| plain(&key.expression, table).map_or(64.0, Column::width)).sum();
    let items = (width / 8.0).max(1.0);
    rows * items * 2.0 + rows * width * 0.2
}

pub(crate) fn predicate_share(candidate: &Candidate, table: &Table) -> f64 {
    let Some(predicate) = &candidate.predicate else { return 1.0 };
    // The predicate names one column first; its statistics bound the share.
    let column = table.columns.iter().find(|column| {
        let name = dbwright_sql::quote_ident(&column.name);
        predicate == &name
            || predicate.strip_prefix("NOT ") == Some(&name)
            || predicate.strip_prefix(&name).is_some_and(|rest| rest.starts_with(' '))
    });
    let Some(column) = column else { return 0.1 };
    let name = dbwright_sql::quote_ident(&column.name);
    let boolean =
        |text: &str| column.common.iter().find(|common| common.value == text).map_or(0.5, |found| found.frequency);
    let rest = predicate.strip_prefix(&name).unwrap_or_default();
    match rest {
        " IS NULL" => column.null_frac.unwrap_or(0.1),
        " IS NOT NULL" => 1.0 - column.null_frac.unwrap_or(0.0),
        "" if predicate.starts_with("NOT ") => boolean("f"),
        "" => boolean("t"),
        _ => {
            let quoted = rest.split('\'').nth(1);
            let bare = rest.strip_prefix(" = ").or_else(|| rest.strip_prefix(" <> ")).map(str::trim);
            let share = column.equality_share(quoted.or(bare), table.rows);
            let negated = rest.starts_with(" <> ") || rest.starts_with(" NOT IN ");
            if negated { (1.0 - share - column.null_frac.unwrap_or(0.0)).max(0.0) } else { share }
        }
    }
}

fn plain<'a>(expression: &KeyExpression, table: &'a Table) -> Option<&'a Column> {
    expression.column().and_then(|name| table.column(name))
}

fn align(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;
