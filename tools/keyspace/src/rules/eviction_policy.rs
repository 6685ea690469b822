//! An eviction policy that does not fit the data.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{has_word, percent, size};
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::KeyType,
};

/// The policy against TTLs and kinds of data.
pub(crate) const RULE: Rule = Rule {
    id: "evict.policy",
    group: "eviction",
    severity: Severity::Medium,
    summary: "The eviction policy refuses writes, evicts nothing, or evicts what must stay",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let info = &snapshot.info;
    let Some(policy) = info.text("maxmemory_policy") else { return Vec::new() };
    let limit = info.number("maxmemory").unwrap_or(0);
    let used = info.number("used_memory").unwrap_or(0);
    if limit == 0 {
        return Vec::new();
    }
    let fill = ratio(used, limit).unwrap_or(0.0);
    let (keys, expires) = info.databases().iter().fold((0, 0), |sum, db| (sum.0 + db.keys, sum.1 + db.expires));
    let with_ttl = ratio(expires, keys).unwrap_or(0.0);
    let base = |title: String, severity: Severity, to: &str| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "maxmemory-policy"), title)
            .severity(severity)
            .evidence(Evidence::new("INFO memory", "maxmemory_policy", policy))
            .evidence(Evidence::new("INFO memory", "used_of_maxmemory", rounded(fill)))
            .evidence(Evidence::new("INFO keyspace", "share_with_ttl", rounded(with_ttl)))
            .fix(
                Fix::sql(FixKind::RedisConfig, [format!("CONFIG SET maxmemory-policy {to}")])
                    .undo([format!("CONFIG SET maxmemory-policy {policy}")])
                    .notes("Takes effect at once and is lost at restart unless CONFIG REWRITE or the configuration file keeps it."),
            )
    };
    let room = format!("{} of {}", size(used), size(limit));
    if policy == "noeviction" && fill > 0.8 {
        return vec![
            base(
                format!("noeviction at {} of maxmemory ({room}): writes fail when it is full", percent(fill)),
                Severity::High,
                "volatile-lru",
            )
            .why("At the limit every command that needs memory answers OOM until keys are removed."),
        ];
    }
    if policy == "noeviction" && with_ttl > 0.8 && keys >= 1000 {
        return vec![
            base(format!("noeviction on a cache ({} of the keys have a TTL): when {} are full, writes fail instead of old entries going", percent(with_ttl), size(limit)), RULE.severity, "allkeys-lru")
                .why("Data with a TTL can be computed again; a cache should make room by itself."),
        ];
    }
    if policy.starts_with("volatile-") && with_ttl < 0.2 && keys >= 1000 {
        let severity = if fill > 0.7 { Severity::High } else { RULE.severity };
        return vec![
            base(format!("{policy} can only evict the {} of keys that have a TTL; memory is at {room}", percent(with_ttl)), severity, &policy.replace("volatile-ttl", "allkeys-lru").replace("volatile", "allkeys"))
                .why("volatile-* policies look only at keys with a TTL; when these are gone, writes fail as under noeviction."),
        ];
    }
    if policy.starts_with("allkeys-") {
        let durable: Vec<&str> = facts
            .groups
            .iter()
            .filter(|group| {
                group.family.kind == Some(KeyType::Stream)
                    || has_word(&group.family.template, &["queue", "job", "lock", "lease", "mutex", "outbox"])
            })
            .filter(|group| group.family.no_ttl_share.is_some_and(|share| share > 0.5))
            .map(|group| group.family.template.as_str())
            .take(3)
            .collect();
        if !durable.is_empty() && fill > 0.5 {
            return vec![
                base(format!("{policy} may evict {}: queues and locks are lost silently", durable.join(", ")), RULE.severity, &policy.replace("allkeys", "volatile"))
                    .why("allkeys-* policies take any key, work and locks included; with volatile-* keys without a TTL stay."),
            ];
        }
    }
    Vec::new()
}
