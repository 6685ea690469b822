//! Expired keys that still take memory.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// Active expiry does not keep up.
pub(crate) const RULE: Rule = Rule {
    id: "expire.stale",
    group: "ttl",
    severity: Severity::Low,
    summary: "Expired keys stay in memory because the expiry cycle does not keep up",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let stale = info.ratio("expired_stale_perc").unwrap_or(0.0);
    if stale <= 10.0 || facts.snapshot.dbsize < 100_000 {
        return Vec::new();
    }
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "active-expire-effort"),
            format!("about {stale:.0} % of the keys with a TTL have expired and still take memory"),
        )
        .why(
            "Keys are removed when touched or by a cycle with a time limit; when many expire together it falls behind.",
        )
        .evidence(Evidence::new("INFO stats", "expired_stale_perc", stale))
        .evidence(Evidence::new(
            "INFO stats",
            "expired_time_cap_reached_count",
            info.number("expired_time_cap_reached_count"),
        ))
        .fix(
            Fix::sql(FixKind::RedisConfig, ["CONFIG SET active-expire-effort 4"])
                .undo([format!(
                    "CONFIG SET active-expire-effort {}",
                    facts.snapshot.setting("active-expire-effort").unwrap_or("1")
                )])
                .notes("Uses more CPU; spreading TTLs with jitter helps more."),
        ),
    ]
}
