//! Versions that get no more fixes.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// A release line whose vendor has ended it.
pub(crate) const RULE: Rule = Rule {
    id: "ver.eol",
    group: "server",
    severity: Severity::Low,
    summary: "This release line gets no more security fixes from its vendor",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    // Valkey reports 7.2.4 here for ever; its own version is elsewhere.
    let Some((major, minor, _)) = info.version().filter(|_| info.text("valkey_version").is_none()) else {
        return Vec::new();
    };
    let version = info.text("redis_version").unwrap_or_default();
    let (severity, lost) = match (major, minor) {
        (0..6, _) | (6, 0) => {
            (Severity::Medium, "years of security fixes are missing, those of the script engine among them")
        }
        (6, _) | (7, 0) => (RULE.severity, "its vendor has ended the line; only a distribution may still patch it"),
        _ => return Vec::new(),
    };
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "redis_version"), format!("Redis {version} is past its end of life: {lost}"))
            .severity(severity)
            .confidence(Confidence::Rule)
            .evidence(Evidence::new("INFO server", "redis_version", version))
            .fix(Fix::advice(FixKind::None, "Check that the distribution still backports fixes, or upgrade to a supported line (Redis 7.2 or later, Valkey 8 or later) by way of a replica and a failover.")),
    ]
}
