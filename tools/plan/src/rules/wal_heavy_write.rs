//! A write logs whole pages instead of its rows.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind,
    insight::{Insight, Scope},
    node::count,
    units::{grouped, percent, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "wal_heavy_write",
    group: "plans",
    severity: Severity::Low,
    summary: "A third or more of a write's log records are images of whole pages",
};

pub(crate) const BAD: &str = "
Update on accounts  (cost=0.42..9000.00 rows=0 width=0) (actual time=950.0..950.0 rows=0 loops=1)
  Buffers: shared hit=90000 dirtied=12000
  WAL: records=30000 fpi=12000 bytes=90000000
  ->  Index Scan using accounts_day_idx on accounts  (cost=0.42..9000.00 rows=12000 width=20) (actual time=0.1..90.0 rows=12000 loops=1)
        Index Cond: (day = 3)
        Buffers: shared hit=12000
Execution Time: 951.0 ms";

pub(crate) const GOOD: &str = "
Update on accounts  (cost=0.42..9000.00 rows=0 width=0) (actual time=150.0..150.0 rows=0 loops=1)
  Buffers: shared hit=90000 dirtied=12
  WAL: records=30000 fpi=12 bytes=3000000
  ->  Index Scan using accounts_day_idx on accounts  (cost=0.42..9000.00 rows=12000 width=20) (actual time=0.1..90.0 rows=12000 loops=1)
        Index Cond: (day = 3)
        Buffers: shared hit=12000
Execution Time: 151.0 ms";

/// Full-page images among the records.
const LEAST_SHARE: f64 = 0.3;
/// Bytes of log below which nobody notices.
const LEAST_BYTES: u64 = 8 * 1024 * 1024;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let node = scope.plan.nodes().iter().filter(|node| node.kind == Kind::ModifyTable).max_by_key(|node| node.wal.bytes)?;
    let wal = node.wal;
    let share = count(wal.full_page_images) / count(wal.records.max(1));
    let stake = scope.own(node);
    if wal.bytes < LEAST_BYTES || share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "The write to {} logs {}, {} of its {} records are whole pages: {}",
        scope.relation_name(node),
        size_kb(wal.bytes / 1024),
        percent(share),
        grouped(count(wal.records)),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .severity(Severity::Low)
            .with(scope, "wal_bytes", wal.bytes)
            .with(scope, "wal_records", wal.records)
            .with(scope, "wal_full_page_images", wal.full_page_images)
            .why("The first change of a page after a checkpoint logs the whole page; rows spread over many pages and frequent checkpoints make that the rule.")
            .fix(
                Fix::sql(FixKind::SetOption, ["ALTER SYSTEM SET wal_compression = on", "SELECT pg_reload_conf()"])
                    .undo(["ALTER SYSTEM RESET wal_compression", "SELECT pg_reload_conf()"])
                    .notes("Checkpoints further apart (max_wal_size, checkpoint_timeout) save more; writing in the order of the rows on disk saves most."),
            ),
    )
}
