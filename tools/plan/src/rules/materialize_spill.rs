//! An intermediate result went to disk.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    label,
    units::size_kb,
};

pub(crate) const RULE: Rule = Rule {
    id: "materialize_spill",
    group: "plans",
    severity: Severity::Medium,
    summary: "A CTE, window or materialized input did not fit in work_mem and went to temporary files",
};

pub(crate) const BAD: &str = "
CTE Scan on recent  (cost=0.00..1400.00 rows=345 width=80) (actual time=0.5..50.0 rows=3 loops=1)
  Filter: (customer_id = 77)
  Rows Removed by Filter: 60
  Buffers: shared hit=1400, temp written=1000
  CTE recent
    ->  Seq Scan on orders  (cost=0.00..1300.00 rows=69000 width=80) (actual time=0.1..13.0 rows=69000 loops=1)
          Buffers: shared hit=1400
Execution Time: 51.0 ms";

pub(crate) const GOOD: &str = "
CTE Scan on recent  (cost=0.00..1400.00 rows=345 width=80) (actual time=0.5..50.0 rows=3 loops=1)
  Filter: (customer_id = 77)
  Rows Removed by Filter: 60
  Buffers: shared hit=1400
  CTE recent
    ->  Seq Scan on orders  (cost=0.00..1300.00 rows=69000 width=80) (actual time=0.1..13.0 rows=69000 loops=1)
          Buffers: shared hit=1400
Execution Time: 51.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| {
            matches!(
                node.kind,
                Kind::Materialize | Kind::CteScan | Kind::WindowAgg | Kind::FunctionScan | Kind::RecursiveUnion
            )
        })
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let stored = node.storage.filter(|storage| storage.disk).map_or(0, |storage| storage.max_kb);
    let disk_kb = stored.max(advice::temp_kb(node));
    let stake = scope.own(node);
    if disk_kb == 0 || !stake.is_worth() {
        return None;
    }
    let title = format!("{} keeps {} in temporary files: {}", label::label(node), size_kb(disk_kb), stake.describe());
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "disk_kb", disk_kb)
            .with(scope, "temp_pages", node.own.temp())
            .why("Rows that are read more than once are kept in work_mem; what does not fit is written out.")
            .fix(advice::work_mem(
                scope.plan,
                disk_kb * 3,
                "Keep fewer rows or columns in it (a CTE that is read once can be inlined with NOT MATERIALIZED); else give it memory.",
            )),
    )
}
