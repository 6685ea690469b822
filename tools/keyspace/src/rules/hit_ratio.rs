//! A cache that misses.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, percent};
use crate::analysis::{Facts, ratio, rounded};

/// Too many lookups find nothing.
pub(crate) const RULE: Rule = Rule {
    id: "hit.ratio",
    group: "cache",
    severity: Severity::Medium,
    summary: "Lookups that find nothing cost a round trip and then the database",
};

#[expect(clippy::cast_precision_loss, reason = "a count of lookups in seconds")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let base = |title: String, hits: u64, misses: u64, source: &str| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "keyspace_hits"), title)
            .why("A miss pays for the cache and for the database. Keys expire too early, are evicted, are spelled differently by reader and writer, or are never written.")
            .evidence(Evidence::new(source, "hits", hits))
            .evidence(Evidence::new(source, "misses", misses))
            .fix(Fix::advice(FixKind::Code, "Find which template misses (compare reads and writes in code), cache negative answers with a short TTL, and lengthen TTLs of what changes seldom."))
    };
    if let Some(window) = facts.snapshot.window.filter(|window| window.seconds >= 1.0) {
        let lookups = window.hits + window.misses;
        if let Some(share) = ratio(window.hits, lookups)
            && lookups as f64 / window.seconds > 100.0
        {
            if share >= 0.8 {
                return Vec::new();
            }
            return vec![
                base(
                    format!(
                        "{} of {} lookups in the last {:.0} s found their key",
                        percent(share),
                        count(lookups),
                        window.seconds
                    ),
                    window.hits,
                    window.misses,
                    "INFO stats (window)",
                )
                .evidence(Evidence::new("INFO stats (window)", "hit_ratio", rounded(share))),
            ];
        }
    }
    // Without traffic now, only the lifetime value is left; it mixes deployments and old faults.
    let info = &facts.snapshot.info;
    let (hits, misses) = (info.number("keyspace_hits").unwrap_or(0), info.number("keyspace_misses").unwrap_or(0));
    match ratio(hits, hits + misses) {
        Some(share) if share < 0.5 && hits + misses >= 50_000 => vec![
            base(
                format!("{} of {} lookups since the start found their key", percent(share), count(hits + misses)),
                hits,
                misses,
                "INFO stats",
            )
            .severity(Severity::Low)
            .evidence(Evidence::new("INFO stats", "hit_ratio", rounded(share))),
        ],
        _ => Vec::new(),
    }
}
