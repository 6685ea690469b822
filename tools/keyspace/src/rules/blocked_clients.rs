//! Clients that wait.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::analysis::Facts;

/// Many blocked clients.
pub(crate) const RULE: Rule = Rule {
    id: "cli.blocked",
    group: "clients",
    severity: Severity::Low,
    summary: "Many clients wait in blocking commands: more consumers than work, or a stuck producer",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let (Some(blocked), Some(connected)) = (info.number("blocked_clients"), info.number("connected_clients")) else {
        return Vec::new();
    };
    if blocked < 50 || blocked * 2 < connected {
        return Vec::new();
    }
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "blocked_clients"),
            format!("{} of {} connections wait in a blocking command", count(blocked), count(connected)),
        )
        .why("Waiting consumers are normal for queues, but this many hold connections for work that does not come.")
        .evidence(Evidence::new("INFO clients", "blocked_clients", blocked))
        .evidence(Evidence::new("INFO clients", "connected_clients", connected))
        .fix(Fix::advice(FixKind::Code, "Compare with the length of the queues; lower the number of consumers or look for the producer that stopped.")),
    ]
}
