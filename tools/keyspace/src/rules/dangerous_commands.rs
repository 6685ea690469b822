//! Commands that block everybody, in use.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::analysis::{Facts, rounded};

/// KEYS, FLUSHALL and their like in the command statistics.
pub(crate) const RULE: Rule = Rule {
    id: "cmd.dangerous",
    group: "commands",
    severity: Severity::Medium,
    summary: "A command that scans, empties or stops the whole server is in regular use",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let keys = facts.snapshot.dbsize;
    let mut found = Vec::new();
    for stat in facts.snapshot.info.commands() {
        let (why, instead, severity) = match stat.name.as_str() {
            "KEYS" if stat.calls >= 5 => (
                "KEYS compares the pattern with every key while nobody else is served; its time grows with the keyspace.",
                "SCAN 0 MATCH pattern COUNT 500 in a loop until the cursor is 0, or a set that indexes the keys.",
                if keys >= 100_000 || stat.usec_per_call >= 50_000.0 {
                    Severity::High
                } else if keys >= 1_000 {
                    Severity::Medium
                } else {
                    Severity::Low
                },
            ),
            "MONITOR" => (
                "MONITOR copies every command to the watcher and halves the throughput; arguments include secrets.",
                "SLOWLOG, LATENCY and INFO commandstats answer the same questions.",
                Severity::Low,
            ),
            "FLUSHALL" | "FLUSHDB"
                if stat.calls >= 2 && facts.snapshot.info.number("uptime_in_seconds").unwrap_or(0) > 3600 =>
            {
                (
                    "It removes everything at once: a wrong connection is a data loss, and every reader misses afterwards.",
                    "UNLINK by SCAN over the prefix that is meant, or a version number in the prefix; deny the command to the application by ACL.",
                    Severity::Low,
                )
            }
            "SORT" if stat.usec_per_call > 1000.0 => (
                "SORT copies and orders a whole collection on the one thread that serves everybody.",
                "Keep a sorted set, or sort in the application.",
                Severity::Low,
            ),
            _ => continue,
        };
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Query, &stat.name),
                format!(
                    "{} was called {} times, {:.1} ms each: nobody else is served meanwhile",
                    stat.name,
                    count(stat.calls),
                    stat.usec_per_call / 1000.0
                ),
            )
            .severity(severity)
            .why(why)
            .evidence(Evidence::new("INFO commandstats", "calls", stat.calls))
            .evidence(Evidence::new("INFO commandstats", "usec_per_call", rounded(stat.usec_per_call)))
            .evidence(Evidence::new("DBSIZE", "keys", keys))
            .fix(Fix::advice(FixKind::Code, instead)),
        );
    }
    found
}
