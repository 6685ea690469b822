//! A whole index is read to find a few distinct values.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::duplicates;
use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "loose_index_scan",
    group: "plans",
    severity: Severity::Low,
    summary: "All rows of a table are read for its few distinct values",
};

pub(crate) const BAD: &str = "
Unique  (cost=0.42..12416.42 rows=6 width=4) (actual time=0.076..75.865 rows=6 loops=1)
  Buffers: shared hit=152 read=325
  ->  Index Only Scan using orders_status on orders  (cost=0.42..10916.42 rows=600000 width=4) (actual time=0.076..39.489 rows=600000 loops=1)
        Heap Fetches: 0
        Buffers: shared hit=152 read=325
Planning Time: 0.329 ms
Execution Time: 75.914 ms";

/// An aggregate may compute something that needs every row.
pub(crate) const GOOD: &str = "
HashAggregate  (cost=28990.00..28990.06 rows=6 width=8) (actual time=185.701..185.703 rows=6 loops=1)
  Group Key: status
  Batches: 1  Memory Usage: 24kB
  Buffers: shared hit=10270 read=9720
  ->  Seq Scan on orders  (cost=0.00..25990.00 rows=600000 width=8) (actual time=0.017..77.758 rows=600000 loops=1)
        Buffers: shared hit=10270 read=9720
Planning Time: 0.330 ms
Execution Time: 185.802 ms";

/// Rows in for a value out.
const LEAST_RATIO: f64 = 1000.0;
/// Values beyond which hopping from one to the next does not pay.
const MOST_VALUES: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    duplicates::outermost(scope).filter_map(|node| insight(scope, node)).collect()
}

fn insight<'a>(scope: &Scope<'a>, node: &'a Node) -> Option<Insight> {
    let (input, stake) = duplicates::input(scope, node)?;
    let scans = matches!(input.kind, Kind::SeqScan | Kind::IndexOnlyScan | Kind::IndexScan);
    let (rows, values) = (input.rows(), node.rows().max(1.0));
    let stake = stake.plus(scope.own(input));
    if !scans
        || node.group_key.len() > 1
        || !input.conditions.is_empty()
        || values > MOST_VALUES
        || rows / values < LEAST_RATIO
        || !stake.is_worth()
    {
        return None;
    }
    let column = match node.group_key.first() {
        Some(key) => Predicate::parse(key).conjuncts.into_iter().next().and_then(|part| part.column),
        // Unique shows no key; rows that need no sort come in the order of an index.
        None => leading_column(scope, input),
    };
    let table = scope.relation_name(input);
    let title = format!(
        "{} rows of {table} are read for {} distinct values{}: {}",
        grouped(rows),
        grouped(values),
        column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default(),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(input, column.into_iter().collect()), stake, title)
            .severity(Severity::Low)
            .rows(scope, "rows_in", rows)
            .rows(scope, "rows_out", values)
            .why("PostgreSQL does not hop through an index from one value to the next for DISTINCT; the skip scan of version 18 serves conditions only.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "With an index on the column, WITH RECURSIVE that asks for the least value greater than the last touches one page a value. If the values live in a table of their own, read that one.",
            )),
    )
}

/// First column of the index that the scan walks.
fn leading_column(scope: &Scope<'_>, scan: &Node) -> Option<String> {
    let index = scope.context.relation(scan)?.indexes.iter().find(|index| Some(&index.name) == scan.index.as_ref())?;
    index.columns.first().filter(|column| !column.is_empty()).cloned()
}
