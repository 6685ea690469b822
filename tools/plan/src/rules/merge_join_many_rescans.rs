//! A merge join reads its inner side again and again for equal keys.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::{factor, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "merge_join_many_rescans",
    group: "plans",
    severity: Severity::Medium,
    summary: "A merge join rescans its inner rows for every duplicate of the outer key",
};

pub(crate) const BAD: &str = "
Merge Join  (cost=9000.00..90000.00 rows=20000 width=16) (actual time=90.0..4000.0 rows=9000000 loops=1)
  Merge Cond: (a.status = b.status)
  ->  Sort  (cost=1000.00..1100.00 rows=30000 width=8) (actual time=20.0..30.0 rows=30000 loops=1)
        Sort Key: a.status
        Sort Method: quicksort  Memory: 2000kB
        ->  Seq Scan on a  (cost=0.00..500.00 rows=30000 width=8) (actual time=0.01..5.0 rows=30000 loops=1)
  ->  Materialize  (cost=1000.00..1100.00 rows=3000 width=8) (actual time=20.0..900.0 rows=9000000 loops=1)
        ->  Sort  (cost=1000.00..1100.00 rows=3000 width=8) (actual time=20.0..30.0 rows=3000 loops=1)
              Sort Key: b.status
              Sort Method: quicksort  Memory: 2000kB
              ->  Seq Scan on b  (cost=0.00..500.00 rows=3000 width=8) (actual time=0.01..5.0 rows=3000 loops=1)
Execution Time: 4100.0 ms";

pub(crate) const GOOD: &str = "
Merge Join  (cost=9000.00..90000.00 rows=20000 width=16) (actual time=90.0..140.0 rows=30000 loops=1)
  Merge Cond: (a.id = b.a_id)
  ->  Sort  (cost=1000.00..1100.00 rows=30000 width=8) (actual time=20.0..30.0 rows=30000 loops=1)
        Sort Key: a.id
        Sort Method: quicksort  Memory: 2000kB
        ->  Seq Scan on a  (cost=0.00..500.00 rows=30000 width=8) (actual time=0.01..5.0 rows=30000 loops=1)
  ->  Materialize  (cost=1000.00..1100.00 rows=30000 width=8) (actual time=20.0..40.0 rows=30000 loops=1)
        ->  Sort  (cost=1000.00..1100.00 rows=30000 width=8) (actual time=20.0..30.0 rows=30000 loops=1)
              Sort Key: b.a_id
              Sort Method: quicksort  Memory: 2000kB
              ->  Seq Scan on b  (cost=0.00..500.00 rows=30000 width=8) (actual time=0.01..5.0 rows=30000 loops=1)
Execution Time: 150.0 ms";

/// Rows given for a row that is there.
const LEAST_RATIO: f64 = 10.0;
/// Rows given.
const LEAST_ROWS: f64 = 100_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::MergeJoin).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    if !scope.plan.is_executed() {
        return None;
    }
    let inner = scope.plan.children(node).nth(1)?;
    // A Materialize or Sort counts what it gives, rescans included; its input what there is.
    let source = scope.plan.children(inner).next().filter(|_| matches!(inner.kind, Kind::Materialize | Kind::Sort))?;
    let (given, there) = (inner.rows(), source.rows().max(1.0));
    let stake = scope.own(node).plus(scope.own(inner));
    if given < LEAST_ROWS || given / there < LEAST_RATIO || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "Merge join reads {} inner rows {} times over for equal keys: {}",
        grouped(there),
        factor(given / there),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows_given", given)
            .rows(scope, "rows_there", there)
            .with(scope, "merge_cond", node.condition(crate::ConditionKind::MergeCond).unwrap_or_default())
            .why("For each outer row with the same key the inner rows of that key are read again; both sides hold many duplicates of it.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Add the condition that makes the key unique on one side, or aggregate one side by the key before joining. A hash join (SET enable_mergejoin = off, to compare) reads each side once but gives as many rows.",
            )),
    )
}
