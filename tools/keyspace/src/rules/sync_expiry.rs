//! Many keys of a family that expire together.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, percent};
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::Ttl,
};

/// A stampede in the making.
pub(crate) const RULE: Rule = Rule {
    id: "ttl.sync-expiry",
    group: "ttl",
    severity: Severity::Medium,
    summary: "Many keys expire at the same moment: the misses arrive at the database together",
};

/// Keys in one window before it matters to the database behind the cache.
const CROWD: u64 = 1000;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let mut left: Vec<u64> = group
            .random()
            .filter_map(|sample| match sample.ttl {
                Ttl::Millis(left) => Some(left),
                Ttl::Never | Ttl::Unknown => None,
            })
            .collect();
        if left.len() < 50 || group.family.keys < CROWD {
            continue;
        }
        left.sort_unstable();
        let median = left.get(left.len() / 2).copied().unwrap_or(0);
        let window = (median / 100).max(1000);
        let Some((crowd, at)) = densest(&left, window) else { continue };
        let share = ratio(crowd, group.family.sampled.max(crowd)).unwrap_or(0.0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate of a count"
        )]
        let keys = (share * group.family.keys as f64) as u64;
        if share < 0.10 || keys < CROWD {
            continue;
        }
        let template = &group.family.template;
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, template),
                format!(
                    "about {} keys of {template} ({}) expire within {} s of each other",
                    count(keys),
                    percent(share),
                    window / 1000
                ),
            )
            .severity(if keys >= 5000 { Severity::Medium } else { Severity::Low })
            .confidence(Confidence::Estimated)
            .why("They were written together with the same TTL; when they go, every reader misses at once and recomputes the same values.")
            .evidence(Evidence::new("analyze_keyspace", "keys_in_window", keys))
            .evidence(Evidence::new("analyze_keyspace", "window_s", window / 1000))
            .evidence(Evidence::new("analyze_keyspace", "expires_in_s", at / 1000))
            .evidence(Evidence::new("analyze_keyspace", "share", rounded(share)))
            .fix(Fix::advice(FixKind::Code, "Add jitter when writing: ttl * (0.9 + 0.2 * random()). For values that are costly to compute also refresh early (one caller renews before the end) or serve stale while one caller recomputes.")),
        );
    }
    found
}

/// The most values within `window` of each other, and where they start.
fn densest(sorted: &[u64], window: u64) -> Option<(u64, u64)> {
    let mut start = 0;
    let mut best = (0, 0);
    for (end, value) in sorted.iter().enumerate() {
        while sorted.get(start).is_some_and(|first| value - first > window) {
            start += 1;
        }
        let inside = (end - start + 1) as u64;
        if inside > best.0 {
            best = (inside, *sorted.get(start)?);
        }
    }
    (best.0 > 0).then_some(best)
}
