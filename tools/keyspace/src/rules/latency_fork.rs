//! Forks that stop the server.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// A fork that took long.
pub(crate) const RULE: Rule = Rule {
    id: "lat.fork",
    group: "latency",
    severity: Severity::Medium,
    summary: "A fork for a snapshot stops the server while the page table is copied",
};

const LONG: u64 = 200_000;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(fork) = facts.snapshot.info.number("latest_fork_usec").filter(|usec| *usec > LONG) else {
        return Vec::new();
    };
    let used = facts.snapshot.info.number("used_memory_rss").unwrap_or(0);
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "latest_fork_usec"), format!("the last fork stopped the server for {} ms", fork / 1000))
            .severity(if fork > 1_000_000 { Severity::High } else { RULE.severity })
            .why("No client is served while the kernel copies the page table; huge pages and slow virtual machines make it worse.")
            .evidence(Evidence::new("INFO stats", "latest_fork_usec", fork))
            .evidence(Evidence::new("INFO memory", "used_memory_rss_bytes", used))
            .fix(Fix::advice(FixKind::RedisConfig, "Take snapshots on a replica, disable transparent huge pages, and save less often.")),
    ]
}
