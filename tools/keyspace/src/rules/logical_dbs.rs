//! Keys in several logical databases.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// More than one database holds keys.
pub(crate) const RULE: Rule = Rule {
    id: "mem.logical-dbs",
    group: "memory",
    severity: Severity::Info,
    summary: "Logical databases share memory, eviction and one thread, and do not exist in a cluster",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let databases = facts.snapshot.info.databases();
    if databases.len() < 2 {
        return Vec::new();
    }
    let list: Vec<String> = databases.iter().map(|db| format!("db{} ({} keys)", db.database, db.keys)).collect();
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "databases"),
            format!("{} logical databases hold keys: {}", databases.len(), list.join(", ")),
        )
        .why("One eviction policy and one memory limit serve all of them, FLUSHALL empties all of them, and a cluster has only database 0.")
        .evidence(Evidence::new("INFO keyspace", "databases", databases.len()))
        .fix(Fix::advice(FixKind::Code, "Prefer key prefixes, or one server for each purpose where policies differ.")),
    ]
}
