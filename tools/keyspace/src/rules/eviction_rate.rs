//! Eviction that is happening.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::analysis::Facts;

/// Keys evicted while we looked.
pub(crate) const RULE: Rule = Rule {
    id: "evict.rate",
    group: "eviction",
    severity: Severity::Medium,
    summary: "Keys are evicted right now: the cache is smaller than its working set",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(window) = facts.snapshot.window.filter(|window| window.seconds > 0.5 && window.evicted > 0) else {
        return Vec::new();
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of evictions in seconds")]
    let rate = window.evicted as f64 / window.seconds;
    if rate < 1.0 {
        return Vec::new();
    }
    let total = facts.snapshot.info.number("evicted_keys").unwrap_or(0);
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "maxmemory"),
            format!("{rate:.0} keys a second are evicted ({} since the start)", count(total)),
        )
        .why("Every evicted key that is asked for again is a miss, and eviction runs on the same thread as the commands.")
        .evidence(Evidence::new("INFO stats", "evicted_in_window", window.evicted))
        .evidence(Evidence::new("INFO stats", "window_s", (window.seconds * 10.0).round() / 10.0))
        .evidence(Evidence::new("INFO stats", "evicted_keys", total))
        .fix(Fix::advice(FixKind::RedisConfig, "Raise maxmemory, or shorten TTLs and shrink the families that take most memory; see the templates of analyze_keyspace.")),
    ]
}
