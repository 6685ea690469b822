//! OR across two tables keeps a join from using either side.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Kind, Node,
    insight::{Insight, Scope},
    predicate::{split_top, strip},
    units::{cut, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "or_predicate",
    group: "plans",
    severity: Severity::Medium,
    summary: "OR between columns of two tables turns the join into a comparison of all pairs",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.00..90000.00 rows=3000 width=40) (actual time=1.0..1500.0 rows=3000 loops=1)
  Join Filter: ((a.id = b.owner_id) OR (a.id = b.editor_id))
  Rows Removed by Join Filter: 59970
  ->  Seq Scan on users a  (cost=0.00..400.00 rows=300 width=20) (actual time=0.02..2.0 rows=300 loops=1)
  ->  Materialize  (cost=0.00..40.00 rows=200 width=20) (actual time=0.001..0.2 rows=200 loops=300)
        ->  Seq Scan on docs b  (cost=0.00..30.00 rows=200 width=20) (actual time=0.02..0.9 rows=200 loops=1)
Execution Time: 1505.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.00..90000.00 rows=3000 width=40) (actual time=1.0..1500.0 rows=3000 loops=1)
  Join Filter: ((a.id < b.owner_id) AND (a.id > b.editor_id))
  Rows Removed by Join Filter: 59970
  ->  Seq Scan on users a  (cost=0.00..400.00 rows=300 width=20) (actual time=0.02..2.0 rows=300 loops=1)
  ->  Materialize  (cost=0.00..40.00 rows=200 width=20) (actual time=0.001..0.2 rows=200 loops=300)
        ->  Seq Scan on docs b  (cost=0.00..30.00 rows=200 width=20) (actual time=0.02..0.9 rows=200 loops=1)
Execution Time: 1505.0 ms";

/// Pairs that must be thrown away.
const LEAST_REMOVED: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::NestedLoop).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let filter = node.condition(ConditionKind::JoinFilter)?;
    let removed = node.removed.join_filter * advice::loops(node);
    let stake = scope.own(node);
    if split_top(strip(filter), " OR ").len() < 2 || removed < LEAST_REMOVED || !stake.is_worth() {
        return None;
    }
    let title = format!("Join on {} throws {} pairs away: {}", cut(filter, 80), grouped(removed), stake.describe());
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows_removed_by_join_filter", removed)
            .with(scope, "join_filter", filter)
            .why("Neither hash nor merge nor index join can serve an OR of two equalities.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Write one join for each side of the OR and combine them with UNION (UNION ALL with a condition against doubles keeps duplicates as they were).",
            )),
    )
}
