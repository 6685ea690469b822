//! OFFSET reads and throws away all rows before it.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "large_offset",
    group: "plans",
    severity: Severity::Medium,
    summary: "A deep OFFSET reads every row that it skips",
};

pub(crate) const BAD: &str = "
Limit  (cost=900.00..900.10 rows=10 width=80) (actual time=31.0..31.1 rows=10 loops=1)
  ->  Index Scan using orders_pkey on orders  (cost=0.42..5000.00 rows=200000 width=80) (actual time=0.02..27.0 rows=150010 loops=1)
Execution Time: 31.2 ms";

pub(crate) const GOOD: &str = "
Limit  (cost=900.00..900.10 rows=10 width=80) (actual time=31.0..31.1 rows=10 loops=1)
  ->  Index Scan using orders_pkey on orders  (cost=0.42..5000.00 rows=200000 width=80) (actual time=0.02..27.0 rows=50 loops=1)
Execution Time: 31.2 ms";

/// Rows that must be skipped.
const LEAST_SKIPPED: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Limit).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let input = scope.plan.children(node).find(|child| child.subplan_name.is_none())?;
    let skipped = input.rows() - node.rows();
    let stake = scope.whole(node);
    let deep = scope.plan.is_executed() && skipped >= LEAST_SKIPPED && skipped >= 10.0 * node.rows();
    // Parallel workers run ahead of a LIMIT: what they read too much is not an OFFSET.
    let ahead = matches!(input.kind, Kind::Gather | Kind::GatherMerge);
    if !deep || ahead || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "OFFSET skips {} rows to return {}: {}",
        grouped(skipped),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows_skipped", skipped)
            .rows(scope, "rows", node.rows())
            .why("The server must produce every skipped row; each further page costs more.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Keyset pagination: WHERE (sort columns) > (last row's values) ORDER BY sort columns LIMIT n, with a unique last column and an index in that order.",
            )),
    )
}
