//! Fewer parallel workers ran than were planned.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
};

pub(crate) const RULE: Rule = Rule {
    id: "workers_not_launched",
    group: "plans",
    severity: Severity::Low,
    summary: "The plan counted on parallel workers that were not there",
};

pub(crate) const BAD: &str = "
Gather  (cost=1000.00..9000.00 rows=3000 width=8) (actual time=1.0..300.0 rows=3000 loops=1)
  Workers Planned: 4
  Workers Launched: 0
  ->  Parallel Seq Scan on orders  (cost=0.00..8000.00 rows=750 width=8) (actual time=0.02..290.0 rows=3000 loops=1)
Execution Time: 301.0 ms";

pub(crate) const GOOD: &str = "
Gather  (cost=1000.00..9000.00 rows=3000 width=8) (actual time=1.0..300.0 rows=3000 loops=1)
  Workers Planned: 4
  Workers Launched: 4
  ->  Parallel Seq Scan on orders  (cost=0.00..8000.00 rows=750 width=8) (actual time=0.02..290.0 rows=600 loops=5)
Execution Time: 301.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::Gather | Kind::GatherMerge))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let (planned, launched) = node.workers_planned.zip(node.workers_launched)?;
    let stake = scope.whole(node);
    // A Gather that is run again asks anew each time and prints only the last answer.
    if launched >= planned || node.loops() > 1 || !stake.is_worth() {
        return None;
    }
    let title = format!("{launched} of {planned} planned workers ran: {}", stake.describe());
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .severity(Severity::Low)
            .with(scope, "workers_planned", planned)
            .with(scope, "workers_launched", launched)
            .why("Workers come from one pool of the whole server; the plan was chosen as if they were there.")
            .fix(Fix::advice(
                FixKind::SetOption,
                "If it happens often, raise max_parallel_workers (and max_worker_processes, which needs a restart) or lower max_parallel_workers_per_gather.",
            )),
    )
}
