//! A materialized CTE is computed whole to keep a few rows.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "cte_fence",
    group: "plans",
    severity: Severity::Medium,
    summary: "A WITH query is computed whole although its only reader keeps a tenth of it or less",
};

pub(crate) const BAD: &str = "
CTE Scan on recent  (cost=0.00..1400.00 rows=345 width=80) (actual time=0.5..50.0 rows=3 loops=1)
  Filter: (customer_id = 77)
  Rows Removed by Filter: 68997
  CTE recent
    ->  Seq Scan on orders  (cost=0.00..1300.00 rows=69000 width=80) (actual time=0.1..13.0 rows=69000 loops=1)
Execution Time: 51.0 ms";

pub(crate) const GOOD: &str = "
CTE Scan on recent  (cost=0.00..1400.00 rows=345 width=80) (actual time=0.5..50.0 rows=68900 loops=1)
  Filter: (customer_id <> 77)
  Rows Removed by Filter: 100
  CTE recent
    ->  Seq Scan on orders  (cost=0.00..1300.00 rows=69000 width=80) (actual time=0.1..13.0 rows=69000 loops=1)
Execution Time: 51.0 ms";

/// Rows that must be thrown away.
const LEAST_REMOVED: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::CteScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let name = node.relation.as_deref()?;
    let readers = scope.of_kind(Kind::CteScan).filter(|other| other.relation.as_deref() == Some(name)).count();
    let full_name = format!("CTE {name}");
    let cte = scope.plan.nodes().iter().find(|other| other.subplan_name.as_deref() == Some(full_name.as_str()))?;
    let filter = node.filter()?;
    let removed = node.rows_removed();
    let stake = scope.own(node).plus(scope.whole(cte));
    // A recursive or writing CTE cannot be inlined.
    let fixed = matches!(cte.kind, Kind::RecursiveUnion | Kind::ModifyTable);
    if readers > 1 || fixed || removed < LEAST_REMOVED || removed < 9.0 * node.rows() || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "WITH {name} computes {} rows and its reader keeps {}: {}",
        grouped(node.rows() + removed),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows", node.rows())
            .rows(scope, "rows_removed", removed)
            .with(scope, "filter", filter)
            .why("A materialized CTE is computed before its reader's filter is applied, so no index can help.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                format!("WITH {name} AS NOT MATERIALIZED (…) lets the filter reach the tables (PG 12+); or write the condition into the CTE."),
            )),
    )
}
