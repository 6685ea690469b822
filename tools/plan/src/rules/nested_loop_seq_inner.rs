//! A nested loop compares every pair of rows.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Conjunct, Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "nested_loop_seq_inner",
    group: "plans",
    severity: Severity::High,
    summary: "A nested loop without an index compares each outer row with each inner one",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.00..90000.00 rows=3000 width=40) (actual time=1.0..1500.0 rows=3000 loops=1)
  Join Filter: ((a.code)::text = b.name)
  Rows Removed by Join Filter: 5997000
  ->  Seq Scan on customers a  (cost=0.00..400.00 rows=3000 width=20) (actual time=0.02..2.0 rows=3000 loops=1)
  ->  Materialize  (cost=0.00..40.00 rows=2000 width=20) (actual time=0.001..0.2 rows=2000 loops=3000)
        ->  Seq Scan on parents b  (cost=0.00..30.00 rows=2000 width=20) (actual time=0.02..0.9 rows=2000 loops=1)
Execution Time: 1505.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.00..90000.00 rows=300 width=40) (actual time=1.0..5.0 rows=300 loops=1)
  Join Filter: ((a.code)::text = b.name)
  Rows Removed by Join Filter: 2700
  ->  Seq Scan on customers a  (cost=0.00..400.00 rows=300 width=20) (actual time=0.02..2.0 rows=300 loops=1)
  ->  Materialize  (cost=0.00..40.00 rows=10 width=20) (actual time=0.001..0.002 rows=10 loops=300)
        ->  Seq Scan on parents b  (cost=0.00..30.00 rows=10 width=20) (actual time=0.02..0.03 rows=10 loops=1)
Execution Time: 5.5 ms";

/// Pairs that must be thrown away.
const LEAST_REMOVED: f64 = 100_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::NestedLoop).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let mut sides = scope.plan.children(node).filter(|child| child.subplan_name.is_none());
    let (outer, inner) = (sides.next()?, sides.next()?);
    let mut scan = inner;
    while matches!(scan.kind, Kind::Materialize | Kind::Memoize) {
        scan = scope.plan.children(scan).next()?;
    }
    let filter = node.condition(ConditionKind::JoinFilter)?;
    let removed = node.removed.join_filter * advice::loops(node);
    let stake = scope.own(node).plus(scope.whole(inner));
    if scan.kind != Kind::SeqScan || removed < LEAST_REMOVED || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(scan);
    let title = format!(
        "Nested loop compares {} rows with all of {table} and throws {} pairs away: {}",
        grouped(outer.rows()),
        grouped(removed),
        stake.describe()
    );
    let columns: Vec<String> = Predicate::parse(filter)
        .conjuncts
        .iter()
        .filter(|part| part.operator == "=")
        .filter_map(|part| inner_column(part, scan))
        .collect();
    Some(
        scope
            .insight(&RULE, node, scope.table(scan, columns.clone()), stake, title)
            .rows(scope, "rows_removed_by_join_filter", removed)
            .with(scope, "join_filter", filter)
            .with(scope, "inner_loops", inner.loops())
            .why("Neither an index nor a hash serves this join condition, so every pair is tested.")
            .fix(advice::index(
                &table,
                &columns,
                "Join by equality of two columns of one type, and index the inner side's column.",
            )),
    )
}

/// The side of an equality that belongs to the inner scan.
fn inner_column(part: &Conjunct, scan: &Node) -> Option<String> {
    let prefix = format!("{}.", scan.reference()?);
    if part.text.trim_start_matches('(').starts_with(&prefix) {
        return part.column.clone();
    }
    let other = Predicate::parse(&part.value).conjuncts.into_iter().next()?;
    part.value.trim_start_matches('(').starts_with(&prefix).then_some(other.column).flatten()
}
