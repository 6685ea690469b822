//! The statement took longer than its nodes: it waited.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind,
    insight::{Insight, Scope},
    units::{ms, percent},
};

pub(crate) const RULE: Rule = Rule {
    id: "slow_lock_or_client",
    group: "plans",
    severity: Severity::Medium,
    summary: "Half of the execution time is spent in no node of the plan: waiting for locks, commits or the client",
};

pub(crate) const BAD: &str = "
2026-11-25 02:31:29.704 UTC [15931] LOG:  duration: 1571.545 ms  plan:
\tQuery Text: copy (select * from documents where owner_id < 60) to stdout
\tSeq Scan on documents  (cost=0.00..3584.00 rows=12000 width=1298) (actual time=0.012..58.010 rows=12000 loops=1)
\t  Filter: (owner_id < 60)
\t  Rows Removed by Filter: 8000
\t  Buffers: shared read=3334 written=2579";

pub(crate) const GOOD: &str = "
2026-11-25 02:31:29.704 UTC [15931] LOG:  duration: 61.545 ms  plan:
\tQuery Text: copy (select * from documents where owner_id < 60) to stdout
\tSeq Scan on documents  (cost=0.00..3584.00 rows=12000 width=1298) (actual time=0.012..58.010 rows=12000 loops=1)
\t  Filter: (owner_id < 60)
\t  Rows Removed by Filter: 8000
\t  Buffers: shared read=3334 written=2579";

/// Share of the execution that no node accounts for.
const LEAST_SHARE: f64 = 0.5;
/// Milliseconds unaccounted for; starting and ending the executor takes some.
const LEAST_MS: f64 = 50.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let execution = scope.plan.execution_ms.filter(|_| scope.plan.is_timed())?;
    let root = scope.plan.root();
    let triggers: f64 = scope.plan.triggers.iter().map(|trigger| trigger.ms).sum();
    // Just-in-time compilation before the first row is partly in no node.
    let jit = scope.plan.jit.map_or(0.0, |jit| jit.total_ms);
    let outside = execution - root.total_ms - triggers - jit;
    let stake = scope.stake(outside, 0.0);
    if outside < LEAST_MS || outside / execution < LEAST_SHARE {
        return None;
    }
    let writes = scope.plan.nodes().iter().any(|node| matches!(node.kind, Kind::ModifyTable | Kind::LockRows));
    let title = format!(
        "{} of {} pass in no node of the plan, {}",
        ms(outside),
        ms(execution),
        percent(outside / execution)
    );
    let why = if writes {
        "Firing constraint triggers at the end and giving rows to a slow client are in no node."
    } else {
        "The duration that auto_explain logs includes the time in which the client took the rows; EXPLAIN ANALYZE sends none, there it is starting and ending the executor."
    };
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .severity(if outside >= 500.0 { Severity::Medium } else { Severity::Low })
            .with(scope, "execution_ms", execution)
            .with(scope, "in_nodes_ms", root.total_ms)
            .with(scope, "outside_ms", outside)
            .why(why)
            .fix(Fix::advice(
                FixKind::None,
                "Look at pg_stat_activity.wait_event while it runs: Lock means another session holds the table, ClientWrite a client that reads slowly. log_lock_waits = on writes such waits down.",
            )),
    )
}
