//! Planning takes longer than running.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    insight::{Insight, Scope},
    units::ms,
};

pub(crate) const RULE: Rule = Rule {
    id: "planning_time",
    group: "plans",
    severity: Severity::Low,
    summary: "The statement is planned for longer than it runs",
};

pub(crate) const BAD: &str = "
Index Scan using a_pkey on a  (cost=0.42..8.00 rows=1 width=8) (actual time=0.02..0.03 rows=1 loops=1)
Planning Time: 42.0 ms
Execution Time: 0.5 ms";

pub(crate) const GOOD: &str = "
Index Scan using a_pkey on a  (cost=0.42..8.00 rows=1 width=8) (actual time=0.02..0.03 rows=1 loops=1)
Planning Time: 0.4 ms
Execution Time: 0.1 ms";

/// Milliseconds below which nobody notices.
const LEAST_MS: f64 = 10.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let planning = scope.plan.planning_ms?;
    let execution = scope.plan.execution_ms?;
    if planning < LEAST_MS || planning < execution {
        return None;
    }
    let mut stake = scope.stake(planning, 0.0);
    stake.share = planning / (planning + execution);
    let scans = scope.plan.nodes().iter().filter(|node| node.kind.is_scan()).count();
    let title = format!("Planning takes {}, running {} ({scans} scans in the plan)", ms(planning), ms(execution));
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .severity(Severity::Low)
            .with(scope, "planning_ms", planning)
            .with(scope, "execution_ms", execution)
            .with(scope, "scans", scans)
            .why("Each partition, join and index is considered anew at each execution. A first run in a session also loads the catalog.")
            .fix(Fix::advice(
                FixKind::Code,
                "Run it once more in the same session first: if planning is still slow, prepare the statement, name the partition key in the condition, or join fewer tables.",
            )),
    )
}
