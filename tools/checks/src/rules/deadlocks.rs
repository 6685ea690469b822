//! Deadlocks happen as a habit.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "deadlocks",
    group: "locks",
    severity: Severity::Medium,
    summary: "Transactions lock the same rows in different orders and are killed",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(database) = facts.snapshot.databases.rows().iter().find(|database| database.current) else {
        return Vec::new();
    };
    // A window shorter than a day would turn one accident into a rate.
    let days = (database.stats_age_s.unwrap_or_else(|| facts.stats_window_s()) / 86_400.0).max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_day = database.deadlocks as f64 / days;
    if per_day < facts.thresholds.deadlocks_per_day {
        return Vec::new();
    }
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, format!("database {}", database.name)),
            format!(
                "{} deadlocks in {}: {per_day:.0} transactions a day are killed and must be repeated",
                words::count(database.deadlocks),
                words::seconds(days * 86_400.0)
            ),
        )
        .why("Two transactions lock the same rows in opposite order; after deadlock_timeout the server kills one.")
        .evidence(Evidence::new("pg_stat_database", "deadlocks", database.deadlocks))
        .fix(Fix::advice(
            FixKind::Code,
            "Lock rows in one order (ORDER BY the key in SELECT ... FOR UPDATE); the server log names both statements.",
        )),
    ]
}

#[cfg(test)]
#[path = "deadlocks_tests.rs"]
mod tests;
