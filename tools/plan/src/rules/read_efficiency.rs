//! Far more bytes are touched than the rows are wide.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::advice::quote_name;
use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    node::count,
    units::{factor, grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "read_efficiency",
    group: "plans",
    severity: Severity::Low,
    summary: "A scan touches fifty times the bytes of the rows in it: the table is mostly empty",
};

pub(crate) const BAD: &str = "
Seq Scan on queue  (cost=0.00..30000.00 rows=900 width=60) (actual time=40.0..92.0 rows=900 loops=1)
  Buffers: shared hit=30000
Execution Time: 92.5 ms";

pub(crate) const GOOD: &str = "
Seq Scan on queue  (cost=0.00..30000.00 rows=2900000 width=60) (actual time=0.01..292.0 rows=2900000 loops=1)
  Buffers: shared hit=30000
Execution Time: 392.5 ms";

/// Bytes touched for a byte of the rows.
const LEAST_RATIO: f64 = 50.0;
/// Pages below which it does not matter.
const LEAST_PAGES: u64 = 1000;
/// Bytes of a tuple's header and line pointer (PostgreSQL 15, storage/htup_details.h).
const HEADER: f64 = 28.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let pages = node.own.touched();
    // Every row of the table passed here, kept or not; the plan's width counts only the columns
    // that are read on, so that wide rows must not look like bloat.
    let rows = (node.rows() + node.rows_removed()).max(1.0);
    let facts = scope.context.relation(node);
    let width = facts.and_then(|facts| facts.row_bytes).unwrap_or(count(node.width)).max(count(node.width));
    let ratio = count(pages) * 8192.0 / (rows * (width + HEADER));
    let stake = scope.own(node);
    if node.loops() > 1 || pages < LEAST_PAGES || ratio < LEAST_RATIO || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "{} of {table} are read for {} rows, {} times their bytes: {}",
        size_kb(pages * 8),
        grouped(rows),
        factor(ratio),
        stake.describe()
    );
    let quoted = quote_name(&table);
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .rows(scope, "rows", rows)
            .with(scope, "pages_touched", pages)
            .with(scope, "row_bytes", width)
            .why("Dead or deleted rows left their space behind, and a sequential scan reads it all; columns that are not selected may account for a part.")
            .fix(
                Fix::sql(FixKind::Vacuum, [format!("VACUUM (VERBOSE, ANALYZE) {quoted}")])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("VACUUM makes the space reusable and says how much there is; pg_repack or VACUUM FULL (exclusive lock) gives it back."),
            ),
    )
}
