//! A write logs whole pages instead of its rows.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind,
    insight::{Insight, Scope},
    node::count,
    units::{grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "wal_heavy_write",
    group: "plans",
    severity: Severity::Low,
    summary: "Most of the log that a write makes is images of whole pages",
};

pub(crate) const BAD: &str = "
Update on accounts  (cost=69.84..7403.32 rows=0 width=0) (actual time=144.487..144.489 rows=0 loops=1)
  Buffers: shared hit=65570 read=6838 dirtied=6979 written=151
  WAL: records=24098 fpi=6824 bytes=57008960
  ->  Bitmap Heap Scan on accounts  (cost=69.84..7403.32 rows=5860 width=10) (actual time=1.501..61.253 rows=6000 loops=1)
        Recheck Cond: (day = 3)
        Heap Blocks: exact=6000
        Buffers: shared read=6008
        ->  Bitmap Index Scan on accounts_day  (cost=0.00..68.37 rows=5860 width=0) (actual time=0.898..0.899 rows=6000 loops=1)
              Index Cond: (day = 3)
              Buffers: shared read=8
Execution Time: 144.648 ms";

pub(crate) const GOOD: &str = "
Update on accounts  (cost=0.42..9000.00 rows=0 width=0) (actual time=150.0..150.0 rows=0 loops=1)
  Buffers: shared hit=90000 dirtied=12
  WAL: records=30000 fpi=12 bytes=3000000
  ->  Index Scan using accounts_day_idx on accounts  (cost=0.42..9000.00 rows=12000 width=20) (actual time=0.1..90.0 rows=12000 loops=1)
        Index Cond: (day = 3)
        Buffers: shared hit=12000
Execution Time: 151.0 ms";

/// Full-page images among the records; index entries make many small ones beside them.
const LEAST_SHARE: f64 = 0.3;
/// Bytes of images among the bytes, at most a page each.
const LEAST_BYTE_SHARE: f64 = 0.8;
/// Bytes of log below which nobody notices.
const LEAST_BYTES: u64 = 8 * 1024 * 1024;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let node = scope.plan.nodes().iter().filter(|node| node.kind == Kind::ModifyTable).max_by_key(|node| node.wal.bytes)?;
    let wal = node.wal;
    let share = count(wal.full_page_images) / count(wal.records.max(1));
    let byte_share = count(wal.full_page_images) * 8192.0 / count(wal.bytes.max(1));
    let stake = scope.own(node);
    if wal.bytes < LEAST_BYTES || (share < LEAST_SHARE && byte_share < LEAST_BYTE_SHARE) || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "The write to {} logs {}, with {} whole pages among its {} records: {}",
        scope.relation_name(node),
        size_kb(wal.bytes / 1024),
        grouped(count(wal.full_page_images)),
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
