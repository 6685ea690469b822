//! Few connections are left.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "connections_near_limit",
    group: "sessions",
    severity: Severity::High,
    summary: "Nearly all connections are in use; the next burst is refused",
};

pub(crate) const LIMIT: Rule = Rule {
    id: "max_connections_high",
    group: "settings",
    severity: Severity::Low,
    summary: "Thousands of allowed connections cost memory and make every snapshot slower",
};

/// From here on new clients are refused within minutes.
const CRITICAL_SHARE: f64 = 0.95;

#[expect(clippy::cast_precision_loss, reason = "connection counts are small")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let Some(limit) = settings.number("max_connections") else { return Vec::new() };
    let reserved = settings.number("superuser_reserved_connections").unwrap_or_default()
        + settings.number("reserved_connections").unwrap_or_default();
    let clients: Vec<_> = facts.all_sessions().iter().filter(|session| session.is_client()).collect();
    let usable = (limit - reserved).max(1.0);
    let share = clients.len() as f64 / usable;
    if share < facts.thresholds.connections_share {
        return Vec::new();
    }
    let idle = clients.iter().filter(|session| session.state.as_deref() == Some("idle")).count();
    let severity = if share >= CRITICAL_SHARE { Severity::Critical } else { RULE.severity };
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "max_connections"),
            format!(
                "{} of {usable:.0} connections are in use ({idle} of them idle): the next burst is refused",
                clients.len()
            ),
        )
        .severity(severity)
        .why("Every client holds a server process, busy or not; at the limit new ones get an error.")
        .evidence(Evidence::new("pg_stat_activity", "client_backends", clients.len()))
        .evidence(Evidence::new("pg_stat_activity", "idle", idle))
        .evidence(Evidence::new("pg_settings", "max_connections", limit))
        .fix(Fix::advice(
            FixKind::Code,
            "Put a pooler (pgbouncer in transaction mode) or smaller application pools in front; raising \
             max_connections needs a restart and moves the problem to memory.",
        )),
    ]
}

pub(crate) fn check_limit(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(limit) = facts.settings().and_then(|settings| settings.number("max_connections")) else {
        return Vec::new();
    };
    if limit <= facts.thresholds.max_connections {
        return Vec::new();
    }
    let used = facts.all_sessions().iter().filter(|session| session.is_client()).count();
    vec![
        Finding::new(
            &LIMIT,
            Object::new(ObjectKind::Setting, "max_connections"),
            format!("max_connections is {}, {used} are in use", words::rows(limit)),
        )
        .why("Each allowed connection reserves shared memory and may use work_mem several times over.")
        .evidence(Evidence::new("pg_settings", "max_connections", limit))
        .evidence(Evidence::new("pg_stat_activity", "client_backends", used))
        .fix(Fix::advice(FixKind::SetOption, "Use a pooler and lower max_connections at the next restart.")),
    ]
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
