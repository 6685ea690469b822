//! Compiling the plan took a large part of its run.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::insight::{Insight, Scope};

pub(crate) const RULE: Rule = Rule {
    id: "jit_overhead",
    group: "plans",
    severity: Severity::Medium,
    summary: "Just-in-time compilation costs a quarter of the execution or more",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=120.0..200.0 rows=200000 loops=1)
Planning Time: 0.1 ms
JIT:
  Functions: 12
  Options: Inlining true, Optimization true, Expressions true, Deforming true
  Timing: Generation 2.1 ms, Inlining 20.0 ms, Optimization 60.0 ms, Emission 37.0 ms, Total 119.1 ms
Execution Time: 205.0 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=120.0..2000.0 rows=200000 loops=1)
Planning Time: 0.1 ms
JIT:
  Functions: 12
  Options: Inlining true, Optimization true, Expressions true, Deforming true
  Timing: Generation 2.1 ms, Inlining 20.0 ms, Optimization 60.0 ms, Emission 37.0 ms, Total 119.1 ms
Execution Time: 2050.0 ms";

/// Share of the execution.
const LEAST_SHARE: f64 = 0.25;
/// Milliseconds below which nobody notices.
const LEAST_MS: f64 = 50.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let jit = scope.plan.jit?;
    let stake = scope.stake(jit.total_ms, 0.0);
    if !scope.plan.is_timed() || jit.total_ms < LEAST_MS || stake.share < LEAST_SHARE {
        return None;
    }
    let title = format!("JIT compilation of {} functions: {}", jit.functions, stake.describe());
    let cost = scope.plan.root().total_cost;
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .with(scope, "jit_ms", jit.total_ms)
            .with(scope, "functions", jit.functions)
            .with(scope, "total_cost", cost)
            .why("The planner's cost passed jit_above_cost, but the work did not repay the compilation.")
            .fix(
                Fix::sql(FixKind::SetOption, ["SET jit = off"])
                    .undo(["RESET jit"])
                    .transactional()
                    .notes(format!("For this statement or role. If costs are overestimated (here {cost:.0}), correct the estimate first; else raise jit_above_cost above it.")),
            ),
    )
}
