//! Triggers take a large part of a write.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Trigger,
    insight::{Insight, Scope},
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "trigger_time",
    group: "plans",
    severity: Severity::Medium,
    summary: "Triggers take 30 % of the statement or more",
};

pub(crate) const BAD: &str = "
Delete on parents  (cost=0.28..9.00 rows=0 width=0) (actual time=0.1..0.1 rows=0 loops=1)
  ->  Index Scan using parents_pkey on parents  (cost=0.28..9.00 rows=20 width=6) (actual time=0.01..0.02 rows=20 loops=1)
        Index Cond: (id <= 20)
Trigger for constraint children_parent_id_fkey: time=102.021 calls=20
Execution Time: 102.2 ms";

pub(crate) const GOOD: &str = "
Delete on parents  (cost=0.28..9.00 rows=0 width=0) (actual time=0.1..40.1 rows=0 loops=1)
  ->  Index Scan using parents_pkey on parents  (cost=0.28..9.00 rows=20 width=6) (actual time=0.01..39.02 rows=20 loops=1)
        Index Cond: (id <= 20)
Trigger for constraint children_parent_id_fkey: time=0.421 calls=20
Execution Time: 42.2 ms";

/// Share of the statement.
const LEAST_SHARE: f64 = 0.3;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.plan.triggers.iter().filter_map(|trigger| insight(scope, trigger)).collect()
}

fn insight(scope: &Scope<'_>, trigger: &Trigger) -> Option<Insight> {
    let stake = scope.stake(trigger.ms, 0.0);
    if stake.share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "Trigger {} fires {} times: {}",
        trigger.name,
        grouped(count(trigger.calls)),
        stake.describe()
    );
    let (why, fix) = if trigger.constraint {
        (
            "A foreign key looks its rows up once for each changed row; without an index on the referencing columns each look-up scans the table.",
            Fix::advice(FixKind::CreateIndex, format!("Index the referencing columns of {}.", trigger.name))
                .lock("ShareUpdateExclusiveLock"),
        )
    } else {
        (
            "A row trigger runs once for each changed row.",
            Fix::advice(
                FixKind::Code,
                "Make it a statement trigger with transition tables (REFERENCING NEW TABLE AS …), or give it a WHEN condition.",
            ),
        )
    };
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .with(scope, "trigger", trigger.name.clone())
            .with(scope, "ms_at_stake", trigger.ms)
            .with(scope, "calls", trigger.calls)
            .why(why)
            .fix(fix),
    )
}
