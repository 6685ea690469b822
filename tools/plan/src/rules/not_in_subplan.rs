//! NOT IN runs its subquery again for every row.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Node, Relationship,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "not_in_subplan",
    group: "plans",
    severity: Severity::High,
    summary: "NOT IN whose subquery does not fit in memory is searched again for every row",
};

pub(crate) const BAD: &str = "
Seq Scan on customers  (cost=0.00..90000000.00 rows=10000 width=4) (actual time=30.0..9000.0 rows=10 loops=1)
  Filter: (NOT (SubPlan 1))
  Rows Removed by Filter: 19990
  SubPlan 1
    ->  Materialize  (cost=0.00..8000.00 rows=200000 width=4) (actual time=0.001..0.4 rows=9000 loops=20000)
          ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=4) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 9001.0 ms";

pub(crate) const GOOD: &str = "
Seq Scan on customers  (cost=0.00..9000.00 rows=10000 width=4) (actual time=30.0..90.0 rows=10 loops=1)
  Filter: (NOT (hashed SubPlan 1))
  Rows Removed by Filter: 990
  SubPlan 1
    ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=4) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 91.0 ms";

/// Rows of the subquery from which it counts.
const LEAST_ROWS: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.live().filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let filter = node.filter()?;
    let subplan = scope.plan.children(node).find(|child| {
        let name = child.subplan_name.as_deref().unwrap_or_default();
        // `NOT (SubPlan 1)`, since PG 17 `NOT (ANY (id = (SubPlan 1).col1))`.
        child.relationship == Relationship::SubPlan && is_negated(filter, name)
    })?;
    let rows = scope.plan.subtree(subplan).map(|below| below.rows_per_loop().max(below.plan_rows)).fold(0.0, f64::max);
    let stake = scope.whole(subplan).plus(scope.own(node));
    if rows < LEAST_ROWS || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "NOT IN searches a subquery of {} rows again for each row of {}: {}",
        grouped(rows),
        scope.relation_name(node),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "filter", filter)
            .rows(scope, "subquery_rows", rows)
            .with(scope, "subplan_loops", subplan.loops())
            .why("The subquery's result is too large for a hash table in work_mem, and NOT IN cannot become an anti join because a NULL in it changes the answer.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Write NOT EXISTS (SELECT FROM … WHERE key = outer key). The two differ when the subquery holds a NULL: NOT IN then gives no row at all, which is hardly ever meant.",
            )),
    )
}

/// Whether the filter negates this sub-plan without hashing it.
fn is_negated(filter: &str, name: &str) -> bool {
    let plain = format!("({name})");
    filter.contains(&plain)
        && (filter.contains(&format!("NOT {plain}")) || filter.contains("NOT (ANY ("))
        && !filter.contains(&format!("(hashed {name})"))
}
