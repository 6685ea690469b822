//! What an index costs in writes, in the planner's own unit, so that it can be set against what
//! it saves in reads.
//!
//! The constants were measured as CPU of `INSERT … SELECT` with and without one index on
//! PostgreSQL 15 (1 cost unit took 3.7 µs there), and doubled for what the backend does not see:
//! WAL, checkpoints, vacuum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Candidate, Catalog, Column, KeyExpression, Method, QueryShape, Table, TableName, size::predicate_share};

/// An entry of a b-tree: its way down, and its place.
const BTREE_ENTRY: f64 = 0.8;
/// Each byte of a key, to compare and to log.
const KEY_BYTE: f64 = 0.012;
/// An entry of a hash index.
const HASH_ENTRY: f64 = 0.8;
/// A row in a range that has its summary already.
const BRIN_ENTRY: f64 = 0.09;
/// A row in a GIN index, and each item of it.
const GIN_ROW: f64 = 0.5;
const GIN_ITEM: f64 = 0.2;
/// An entry of a GiST index: penalties of all children on the way.
const GIST_ENTRY: f64 = 2.0;
/// An expression has to be computed.
const EXPRESSION: f64 = 0.4;
/// A new row version in another page, and a line pointer to clean up.
const LOST_HOT: f64 = 0.8;

/// How the tables are written in the time that the weights of the statements cover.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WriteMix {
    /// For each table.
    pub tables: BTreeMap<TableName, TableWrites>,
}

/// Writes of one table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TableWrites {
    /// Rows inserted.
    pub inserts: f64,
    /// Rows updated that needed new index entries anyway.
    pub cold_updates: f64,
    /// Rows updated without touching any index.
    pub hot_updates: f64,
    /// For each column that updates set, the share of the updates that set it.
    pub set: BTreeMap<String, f64>,
}

/// What one index costs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct WritePrice {
    /// Entries written.
    pub entries: f64,
    /// Updates that are heap-only now and would not be any more.
    pub lost_hot: f64,
    /// All of it, in cost units.
    pub cost: f64,
}

impl WriteMix {
    /// From the writing statements of the workload, each with the rows that it writes. How many
    /// updates are heap-only is known from the table's counters; where those are empty, it follows
    /// from the columns that are set and the indexes that are there.
    pub fn of_statements(catalog: &Catalog, shapes: &[(QueryShape, f64)]) -> Self {
        let mut tables: BTreeMap<TableName, TableWrites> = BTreeMap::new();
        for (shape, rows) in shapes {
            if let Some(target) = &shape.inserts_into {
                tables.entry(target.clone()).or_default().inserts += rows;
            }
            let Some((target, _)) = shape.sets.first() else { continue };
            let hot = catalog.table(target).map_or(0.0, |table| hot_share(table, shape));
            let writes = tables.entry(target.clone()).or_default();
            writes.hot_updates += rows * hot;
            writes.cold_updates += rows * (1.0 - hot);
        }
        for (table, set) in sets(shapes) {
            tables.entry(table).or_default().set = set;
        }
        Self { tables }
    }

    /// Whether anything writes at all.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// The price of one candidate.
    pub fn price(&self, candidate: &Candidate, catalog: &Catalog) -> WritePrice {
        let (Some(table), Some(writes)) = (catalog.table(&candidate.table), self.tables.get(&candidate.table)) else {
            return WritePrice::default();
        };
        let share = predicate_share(candidate, table);
        // BRIN keeps updates heap-only from PostgreSQL 16 on.
        let ends_hot = candidate.method != Method::Brin || catalog.server_version < 160_000;
        let touched = if ends_hot { touched(candidate, writes) } else { 0.0 };
        let lost_hot = writes.hot_updates * touched;
        let entries = (writes.inserts + writes.cold_updates) * share + lost_hot;
        let unit = entry(candidate, table);
        // Each update that is no longer heap-only writes into the table's other indexes too.
        #[expect(clippy::cast_precision_loss, reason = "a count of indexes")]
        let others = table.indexes.len() as f64 * BTREE_ENTRY;
        WritePrice { entries, lost_hot, cost: entries * unit + lost_hot * (LOST_HOT + others) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counters")]
fn hot_share(table: &Table, shape: &QueryShape) -> f64 {
    let indexed = table.indexes.iter().filter(|index| index.method != "brin").any(|index| {
        let columns = index.keys.iter().map(|key| key.key.as_str()).chain(index.include.iter().map(String::as_str));
        columns.into_iter().any(|column| shape.sets.iter().any(|(_, set)| set == column))
    });
    match (indexed, table.writes.updates) {
        (true, _) => 0.0,
        (false, 0) => 1.0,
        (false, updates) => table.writes.hot_updates as f64 / updates as f64,
    }
}

fn sets(shapes: &[(QueryShape, f64)]) -> BTreeMap<TableName, BTreeMap<String, f64>> {
    let mut totals: BTreeMap<TableName, f64> = BTreeMap::new();
    let mut found: BTreeMap<TableName, BTreeMap<String, f64>> = BTreeMap::new();
    for (shape, weight) in shapes {
        let Some((table, _)) = shape.sets.first() else { continue };
        *totals.entry(table.clone()).or_default() += weight;
        for (table, column) in &shape.sets {
            *found.entry(table.clone()).or_default().entry(column.clone()).or_default() += weight;
        }
    }
    for (table, columns) in &mut found {
        let total = totals.get(table).copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
        columns.values_mut().for_each(|share| *share = (*share / total).min(1.0));
    }
    found
}

/// Share of the updates that set a column of the index: with several columns, at least that of the
/// one that is set most.
fn touched(candidate: &Candidate, writes: &TableWrites) -> f64 {
    candidate
        .keys
        .iter()
        .flat_map(|key| key.expression.columns())
        .chain(candidate.include.iter().map(String::as_str))
        .filter_map(|column| writes.set.get(column).copied())
        .fold(0.0, f64::max)
}

/// One entry, in cost units.
fn entry(candidate: &Candidate, table: &Table) -> f64 {
    let column = |key: &KeyExpression| key.column().and_then(|name| table.column(name));
    let expression = if candidate.keys.iter().any(|key| key.expression.column().is_none()) { EXPRESSION } else { 0.0 };
    let keys: f64 = candidate.keys.iter().map(|key| column(&key.expression).map_or(16.0, Column::width)).sum();
    let payload: f64 = candidate.include.iter().filter_map(|name| table.column(name)).map(Column::width).sum();
    expression
        + match candidate.method {
            Method::Btree => BTREE_ENTRY + (keys + payload) * KEY_BYTE,
            Method::Hash => HASH_ENTRY,
            Method::Brin => BRIN_ENTRY,
            Method::Gin => GIN_ROW + items(candidate, table) * GIN_ITEM,
            Method::Gist => GIST_ENTRY,
        }
}

/// Items in one row of a GIN index: a trigram for each character, else about one for eight bytes.
pub(crate) fn items(candidate: &Candidate, table: &Table) -> f64 {
    candidate
        .keys
        .iter()
        .map(|key| {
            let width =
                key.expression.columns().iter().filter_map(|name| table.column(name)).map(Column::width).sum::<f64>();
            let trigrams = key.opclass.as_deref() == Some("gin_trgm_ops");
            if trigrams { width + 2.0 } else { (width / 8.0).max(1.0) }
        })
        .sum()
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
