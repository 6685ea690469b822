//! Data that looks durable on a server that saves nothing.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{has_word, percent};
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::KeyType,
};

/// No snapshot, no append-only file, and keys that nothing recreates.
pub(crate) const RULE: Rule = Rule {
    id: "per.none",
    group: "persistence",
    severity: Severity::Medium,
    summary: "Durable-looking data is kept without persistence: a restart loses it",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let info = &snapshot.info;
    // Only CONFIG tells whether snapshots are scheduled.
    let off = snapshot.config.get("save").is_some_and(String::is_empty) && info.number("aof_enabled") == Some(0);
    if !off || info.text("maxmemory_policy").is_some_and(|policy| policy.starts_with("allkeys-")) {
        return Vec::new();
    }
    let (keys, expires) = info.databases().iter().fold((0, 0), |sum, db| (sum.0 + db.keys, sum.1 + db.expires));
    let lasting = 1.0 - ratio(expires, keys).unwrap_or(1.0);
    let durable: Vec<&str> = facts
        .groups
        .iter()
        .map(|group| &group.family)
        .filter(|family| family.keys > 0 && family.no_ttl_share.is_some_and(|share| share > 0.5))
        .filter(|family| {
            family.kind == Some(KeyType::Stream)
                || has_word(
                    &family.template,
                    &["queue", "job", "outbox", "order", "payment", "ledger", "balance", "counter", "lock"],
                )
        })
        .map(|family| family.template.as_str())
        .take(3)
        .collect();
    if durable.is_empty() && (lasting <= 0.5 || keys < 10_000) {
        return Vec::new();
    }
    let what = if durable.is_empty() {
        format!("{} of the keys have no TTL", percent(lasting))
    } else {
        format!("{} hold data that nothing recreates", durable.join(", "))
    };
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "save"), format!("persistence is off (save \"\", appendonly no) although {what}"))
            .confidence(Confidence::Estimated)
            .why("After a restart or crash the server starts empty.")
            .evidence(Evidence::new("CONFIG GET", "save", ""))
            .evidence(Evidence::new("INFO persistence", "aof_enabled", 0))
            .evidence(Evidence::new("INFO keyspace", "share_without_ttl", rounded(lasting)))
            .fix(
                Fix::sql(FixKind::RedisConfig, ["CONFIG SET appendonly yes"])
                    .undo(["CONFIG SET appendonly no"])
                    .notes("Writes a base file once (a fork), then appends with fsync each second. If all of it is a cache, set an allkeys-* policy and leave persistence off."),
            ),
    ]
}
