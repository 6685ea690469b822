//! A bitmap outgrew work_mem and remembers pages instead of rows.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "lossy_bitmap",
    group: "plans",
    severity: Severity::Medium,
    summary: "A bitmap did not fit in work_mem, so every row of its pages is tested again",
};

pub(crate) const BAD: &str = "
Bitmap Heap Scan on orders  (cost=36.00..900.00 rows=6000 width=40) (actual time=5.0..60.0 rows=6000 loops=1)
  Recheck Cond: (created_at > '2024-01-01'::date)
  Rows Removed by Index Recheck: 90000
  Heap Blocks: exact=700 lossy=4000
  ->  Bitmap Index Scan on orders_created  (cost=0.00..36.00 rows=6000 width=0) (actual time=4.0..4.0 rows=6000 loops=1)
        Index Cond: (created_at > '2024-01-01'::date)
Execution Time: 60.2 ms";

pub(crate) const GOOD: &str = "
Bitmap Heap Scan on orders  (cost=36.00..900.00 rows=6000 width=40) (actual time=5.0..60.0 rows=6000 loops=1)
  Recheck Cond: (created_at > '2024-01-01'::date)
  Heap Blocks: exact=4700
  ->  Bitmap Index Scan on orders_created  (cost=0.00..36.00 rows=6000 width=0) (actual time=4.0..4.0 rows=6000 loops=1)
        Index Cond: (created_at > '2024-01-01'::date)
Execution Time: 60.2 ms";

/// Bytes that an exact page takes in the bitmap (`tbm_calculate_entries`), with a margin of half.
const BYTES_PER_PAGE: u64 = 96;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::BitmapHeapScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let pages = node.exact_blocks + node.lossy_blocks;
    let removed = node.removed.index_recheck * advice::loops(node);
    // What is wasted is the share of rows that were looked at because a whole page was kept.
    let wasted = removed / (removed + node.rows() + node.removed.filter * advice::loops(node)).max(1.0);
    let own = scope.own(node);
    let stake = scope.stake(node.self_ms * wasted, own.cost * wasted);
    if node.lossy_blocks == 0 || node.lossy_blocks * 10 < pages || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "Bitmap of {table} is lossy for {} of {} pages, {} rows tested for nothing: {}",
        grouped(count(node.lossy_blocks)),
        grouped(count(pages)),
        grouped(removed),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .with(scope, "lossy_blocks", node.lossy_blocks)
            .with(scope, "exact_blocks", node.exact_blocks)
            .rows(scope, "rows_removed_by_recheck", removed)
            .why("When the bitmap outgrows work_mem it keeps whole pages, and every row on them is tested.")
            .fix(advice::work_mem(
                scope.plan,
                (pages * BYTES_PER_PAGE).div_ceil(1024),
                "The bitmap then stays exact; a more selective index condition would make it smaller.",
            )),
    )
}
