//! A subquery runs once for each row.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Node, Relationship,
    insight::{Insight, Scope},
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "correlated_subplan",
    group: "plans",
    severity: Severity::Medium,
    summary: "A correlated subquery is run again for every row of its outer query",
};

pub(crate) const BAD: &str = "
Seq Scan on customers c  (cost=0.00..90000.00 rows=400 width=12) (actual time=0.2..340.0 rows=400 loops=1)
  SubPlan 1
    ->  Aggregate  (cost=40.00..40.00 rows=1 width=8) (actual time=0.8..0.8 rows=1 loops=400)
          ->  Index Scan using orders_customer on orders o  (cost=0.42..40.00 rows=10 width=8) (actual time=0.01..0.7 rows=10 loops=400)
                Index Cond: (customer_id = c.id)
Execution Time: 341.0 ms";

pub(crate) const GOOD: &str = "
Seq Scan on customers c  (cost=0.00..90000.00 rows=400 width=12) (actual time=0.2..340.0 rows=400 loops=1)
  SubPlan 1
    ->  Aggregate  (cost=40.00..40.00 rows=1 width=8) (actual time=0.08..0.08 rows=1 loops=40)
          ->  Index Scan using orders_customer on orders o  (cost=0.42..40.00 rows=10 width=8) (actual time=0.01..0.07 rows=10 loops=40)
                Index Cond: (customer_id = c.id)
Execution Time: 341.0 ms";

/// Loops from which it counts.
const LEAST_LOOPS: u64 = 100;
/// Share of the statement that it must take.
const LEAST_SHARE: f64 = 0.2;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| node.relationship == Relationship::SubPlan)
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let stake = scope.whole(node);
    if node.loops() < LEAST_LOOPS || stake.share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    let name = node.subplan_name.as_deref().unwrap_or("SubPlan");
    let over = scope.plan.subtree(node).filter(|below| below.kind.is_scan()).find_map(|below| below.qualified_relation());
    let title = format!(
        "{name}{} runs {} times, once for each row: {}",
        over.map(|relation| format!(" over {relation}")).unwrap_or_default(),
        grouped(count(node.loops())),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "loops", node.loops())
            .with(scope, "shared_pages", node.buffers.touched())
            .why("The planner cannot join a correlated subquery; it runs it for every outer row.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Group the inner table once and join it, or use LEFT JOIN LATERAL where only a few rows are wanted; a window function where the tables are the same.",
            )),
    )
}
