//! One parallel process does most of the work.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Node, label,
    insight::{Insight, Scope},
    node::count,
    units::{factor, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "parallel_skew",
    group: "plans",
    severity: Severity::Low,
    summary: "One parallel process handles twice the average share of rows or more",
};

pub(crate) const BAD: &str = "
Gather  (cost=1000.00..90000.00 rows=900000 width=8) (actual time=0.4..900.0 rows=900000 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Parallel Seq Scan on events  (cost=0.00..80000.00 rows=375000 width=8) (actual time=0.02..800.0 rows=300000 loops=3)
        Worker 0:  actual time=0.02..870.0 rows=870000 loops=1
        Worker 1:  actual time=0.02..20.0 rows=20000 loops=1
Execution Time: 910.0 ms";

pub(crate) const GOOD: &str = "
Gather  (cost=1000.00..90000.00 rows=900000 width=8) (actual time=0.4..900.0 rows=900000 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Parallel Seq Scan on events  (cost=0.00..80000.00 rows=375000 width=8) (actual time=0.02..800.0 rows=300000 loops=3)
        Worker 0:  actual time=0.02..870.0 rows=310000 loops=1
        Worker 1:  actual time=0.02..820.0 rows=300000 loops=1
Execution Time: 910.0 ms";

/// The busiest process against the average.
const LEAST_RATIO: f64 = 2.0;
/// Rows below which the spread is chance.
const LEAST_ROWS: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.live().filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    // What shares its work out, or multiplies its share: a child of Parallel Append that one
    // process runs alone is as it should be.
    if !node.parallel_aware && !node.kind.is_join() {
        return None;
    }
    let Spread { all, most, processes } = spread(scope, node)?;
    let average = all / processes;
    // Said of the lowest node at which it shows, not of all that repeats its rows.
    let inherited = scope.plan.children(node).any(|child| {
        (child.parallel_aware || child.kind.is_join())
            && spread(scope, child).is_some_and(|below| below.most * below.processes >= LEAST_RATIO * below.all)
    });
    let stake = scope.own(node);
    if inherited || all < LEAST_ROWS || most / average < LEAST_RATIO || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "One of {} parallel processes handles {} of {} rows of {}, {} times the average: {}",
        grouped(processes),
        grouped(most),
        grouped(all),
        node.relation.as_ref().map_or_else(|| label(node), |_| scope.relation_name(node)),
        factor(most / average),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .severity(Severity::Low)
            .rows(scope, "rows", all)
            .rows(scope, "rows_of_busiest", most)
            .rows(scope, "processes", processes)
            .why("The statement waits for its slowest process; the others are done and idle.")
            .fix(Fix::advice(
                FixKind::None,
                "Nothing to set: rows that match lie close together, or one partition or hash key holds most of them. An index on the filter makes the scan short for everyone.",
            )),
    )
}

/// How many rows the processes of a node gave.
struct Spread {
    all: f64,
    most: f64,
    processes: f64,
}

fn spread(scope: &Scope<'_>, node: &Node) -> Option<Spread> {
    let workers: Vec<f64> = node
        .workers
        .iter()
        .filter_map(|worker| worker.actual.map(|actual| actual.rows * count(actual.loops)))
        .collect();
    if workers.is_empty() {
        return None;
    }
    // The leader's rows are what the workers' leave of the total. A worker that got nothing to do
    // is not listed, and counts.
    let all = node.rows();
    let leader = (all - workers.iter().sum::<f64>()).max(0.0);
    let launched = scope.plan.ancestors(node).find_map(|above| above.workers_launched).unwrap_or_default();
    Some(Spread {
        all,
        most: workers.iter().copied().fold(leader, f64::max),
        processes: count(launched.max(workers.len() as u64) + 1),
    })
}
