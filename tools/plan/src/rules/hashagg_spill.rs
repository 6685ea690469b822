//! A hash aggregate went to disk.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::{cut, grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "hashagg_spill",
    group: "plans",
    severity: Severity::Medium,
    summary: "Grouping by hash did not fit in work_mem and went to temporary files",
};

pub(crate) const BAD: &str = "
HashAggregate  (cost=9000.00..9500.00 rows=20000 width=80) (actual time=150.0..290.0 rows=20000 loops=1)
  Group Key: note, customer_id
  Batches: 85  Memory Usage: 177kB  Disk Usage: 18240kB
  ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 300.0 ms";

pub(crate) const GOOD: &str = "
HashAggregate  (cost=9000.00..9500.00 rows=20000 width=80) (actual time=150.0..190.0 rows=20000 loops=1)
  Group Key: note, customer_id
  Batches: 1  Memory Usage: 6177kB
  ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 200.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Aggregate).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let table = node.hash_aggregate.filter(|table| table.disk_kb > 0 || table.batches > 1)?;
    let stake = scope.own(node);
    if !stake.is_worth() {
        return None;
    }
    let title = format!(
        "Grouping by {} into {} groups spills {} to disk in {} batches: {}",
        cut(&node.group_key.join(", "), 80),
        grouped(node.rows()),
        size_kb(table.disk_kb),
        table.batches,
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "disk_kb", table.disk_kb)
            .with(scope, "batches", table.batches)
            .with(scope, "group_key", node.group_key.join(", "))
            .rows(scope, "groups", node.rows())
            .why("Groups that do not fit in work_mem times hash_mem_multiplier are written out and aggregated later.")
            .fix(advice::work_mem(
                scope.plan,
                // Input rows are spilled, groups are kept: the disk size is an upper bound.
                table.disk_kb + table.peak_kb,
                "Group fewer or narrower keys, or group by an indexed order; else give it memory.",
            )),
    )
}
