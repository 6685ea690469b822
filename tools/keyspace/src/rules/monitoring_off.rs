//! Instruments that are switched off.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// The slow log records nothing.
pub(crate) const RULE: Rule = Rule {
    id: "lat.monitor-off",
    group: "latency",
    severity: Severity::Low,
    summary: "The slow log records nothing: slow commands leave no trace",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(threshold) =
        facts.snapshot.config.get("slowlog-log-slower-than").and_then(|text| text.parse::<i64>().ok())
    else {
        return Vec::new();
    };
    if (0..=100_000).contains(&threshold) {
        return Vec::new();
    }
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "slowlog-log-slower-than"),
            format!("slowlog-log-slower-than is {threshold}: slow commands leave no trace"),
        )
        .why("The slow log costs next to nothing and is the only record of which command stopped the server.")
        .evidence(Evidence::new("CONFIG GET", "slowlog-log-slower-than", threshold))
        .fix(
            Fix::sql(FixKind::RedisConfig, ["CONFIG SET slowlog-log-slower-than 10000"])
                .undo([format!("CONFIG SET slowlog-log-slower-than {threshold}")]),
        ),
    ]
}
