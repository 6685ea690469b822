//! Partitions are read that cannot hold a matching row.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    ConditionKind, Kind, Node, Predicate,
    insight::{Insight, Scope, Stake},
};

pub(crate) const RULE: Rule = Rule {
    id: "partition_pruning",
    group: "plans",
    severity: Severity::Medium,
    summary: "Most partitions are scanned and give nothing: the condition does not prune them",
};

pub(crate) const BAD: &str = "
Aggregate  (cost=900.00..900.00 rows=1 width=8) (actual time=30.0..30.0 rows=1 loops=1)
  ->  Append  (cost=0.00..900.00 rows=600 width=8) (actual time=4.0..29.0 rows=10000 loops=1)
        ->  Seq Scan on events_1  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_2  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_3  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_4  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_5  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_6  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_7  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_8  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_9  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_10  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_11  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
        ->  Seq Scan on events_12  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=0 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 10000
Execution Time: 30.5 ms";

pub(crate) const GOOD: &str = "
Aggregate  (cost=900.00..900.00 rows=1 width=8) (actual time=30.0..30.0 rows=1 loops=1)
  ->  Append  (cost=0.00..900.00 rows=600 width=8) (actual time=4.0..29.0 rows=120000 loops=1)
        ->  Seq Scan on events_1  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_2  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_3  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_4  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_5  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_6  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_7  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_8  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_9  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_10  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_11  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
        ->  Seq Scan on events_12  (cost=0.00..200.00 rows=50 width=8) (actual time=0.5..2.0 rows=10000 loops=1)
              Filter: ((at)::text ~~ '2024-03%'::text)
              Rows Removed by Filter: 0
Execution Time: 30.5 ms";

/// Partitions from which it counts.
const LEAST_PARTITIONS: usize = 10;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::Append | Kind::MergeAppend))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let scans: Vec<&Node> =
        scope.plan.children(node).filter(|child| child.kind.is_scan() && !child.never_executed()).collect();
    let empty: Vec<&&Node> = scans.iter().filter(|scan| scan.rows() < 1.0).collect();
    let wasted = empty.iter().map(|scan| scope.own(scan)).reduce(Stake::plus)?;
    let executed = scope.plan.is_executed();
    if !executed || scans.len() < LEAST_PARTITIONS || empty.len() * 2 < scans.len() || !wasted.is_worth() {
        return None;
    }
    let first = scans.first()?;
    let filter = first.filter().or_else(|| first.condition(ConditionKind::IndexCond)).unwrap_or_default();
    let title = format!(
        "{} of {} partitions scanned ({} and others) give no row: {}",
        empty.len(),
        scans.len(),
        scope.relation_name(first),
        wasted.describe()
    );
    let wrapped = Predicate::parse(filter).conjuncts.into_iter().find(|part| part.column.is_some() && !part.is_bare());
    let advice = match wrapped {
        Some(part) => format!("Compare the partition key itself with a range instead of {}.", part.left),
        None => "Add a plain condition on the partition key, as a range or equality with a constant or parameter.".to_owned(),
    };
    Some(
        scope
            .insight(&RULE, node, scope.query(), wasted, title)
            .with(scope, "partitions_scanned", scans.len())
            .with(scope, "partitions_empty", empty.len())
            .with(scope, "filter", filter)
            .why("Partitions are left out only when a plain condition on the partition key excludes them.")
            .fix(Fix::advice(FixKind::RewriteQuery, advice)),
    )
}
