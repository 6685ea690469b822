//! Families where some keys lost their TTL.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, percent};
use crate::analysis::Facts;

/// The same template with and without a TTL.
pub(crate) const RULE: Rule = Rule {
    id: "ttl.partial",
    group: "ttl",
    severity: Severity::Low,
    summary: "Some keys of a family have lost their TTL and will stay",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mixed = facts.groups.iter().filter(|group| {
        let family = &group.family;
        family.keys >= 100
            && family.sampled >= 50
            && family.no_ttl_share.is_some_and(|share| (0.02..=0.5).contains(&share))
    });
    mixed
        .map(|group| {
            let family = &group.family;
            let share = family.no_ttl_share.unwrap_or_default();
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!(
                    "{} of the {} keys of {} have no TTL while the others do",
                    percent(share),
                    count(family.keys),
                    family.template
                ),
            )
            .confidence(Confidence::Estimated)
            .why("SET without KEEPTTL, GETSET, RENAME over a key, or PERSIST removes a TTL; so does an INCR or HSET that creates the key without EXPIRE.")
            .evidence(Evidence::new("analyze_keyspace", "no_ttl_share", share))
            .evidence(Evidence::new("analyze_keyspace", "sampled", family.sampled))
            .fix(Fix::advice(FixKind::Code, "Use SET … KEEPTTL or SET … EX on every write, and EXPIRE key seconds NX after INCR or HSET."))
        })
        .collect()
}
