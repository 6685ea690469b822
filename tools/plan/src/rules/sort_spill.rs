//! A sort went to disk.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::{cut, grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "sort_spill",
    group: "plans",
    severity: Severity::Medium,
    summary: "A sort did not fit in work_mem and went to temporary files",
};

pub(crate) const BAD: &str = "
Sort  (cost=9000.00..9500.00 rows=200000 width=80) (actual time=150.0..190.0 rows=200000 loops=1)
  Sort Key: total DESC
  Sort Method: external merge  Disk: 18240kB
  ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 200.0 ms";

pub(crate) const GOOD: &str = "
Sort  (cost=9000.00..9500.00 rows=200000 width=80) (actual time=100.0..110.0 rows=200000 loops=1)
  Sort Key: total DESC
  Sort Method: quicksort  Memory: 38240kB
  ->  Hash Join  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..90.0 rows=200000 loops=1)
        Hash Cond: (a.id = b.id)
        ->  Seq Scan on a  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
        ->  Hash  (cost=0.00..5000.00 rows=2000 width=80) (actual time=1.0..1.0 rows=2000 loops=1)
              ->  Seq Scan on b  (cost=0.00..5000.00 rows=2000 width=80) (actual time=0.02..0.9 rows=2000 loops=1)
Execution Time: 120.0 ms";

/// What is written to disk takes about this much more in memory.
const MEMORY_PER_DISK: u64 = 5; // halves: 2.5

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::Sort | Kind::IncrementalSort))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let run = node.sort.as_ref().filter(|run| run.disk)?;
    let stake = scope.own(node);
    if !stake.is_worth() {
        return None;
    }
    let title = format!(
        "Sort of {} rows by {} spills {} to disk: {}",
        grouped(node.rows()),
        cut(&node.sort_key.join(", "), 80),
        size_kb(run.space_kb),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "sort_disk_kb", run.space_kb)
            .with(scope, "sort_method", run.method.clone())
            .with(scope, "temp_pages", node.own.temp())
            .with(scope, "sort_key", node.sort_key.join(", "))
            .rows(scope, "rows", node.rows())
            .why("Rows beyond work_mem are written to temporary files in sorted runs and merged.")
            .fix(advice::work_mem(
                scope.plan,
                run.space_kb * MEMORY_PER_DISK / 2,
                "An index in this order, or fewer columns, saves the sort; else give it memory (it takes about 2.5 times the disk size).",
            )),
    )
}
