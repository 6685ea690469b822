//! Locks that outlive their holder.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, has_word, percent};
use crate::analysis::Facts;

/// A lock without a TTL.
pub(crate) const RULE: Rule = Rule {
    id: "lock.no-ttl",
    group: "locks",
    severity: Severity::High,
    summary: "A lock without a TTL stays taken for ever when its holder dies",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let locks = facts.groups.iter().filter(|group| {
        has_word(&group.family.template, &["lock", "mutex", "lease", "semaphore", "redlock"])
            && group.family.no_ttl_share.is_some_and(|share| share > 0.0)
    });
    locks
        .map(|group| {
            let family = &group.family;
            let share = family.no_ttl_share.unwrap_or_default();
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!("{} of the {} locks of {} have no TTL: a crashed holder blocks its work for ever", percent(share), count(family.keys), family.template),
            )
            .confidence(Confidence::Estimated)
            .why("SETNX followed by EXPIRE is two steps: a crash between them leaves the lock; so does a plain SET.")
            .evidence(Evidence::new("analyze_keyspace", "no_ttl_share", share))
            .evidence(Evidence::new("analyze_keyspace", "keys", family.keys))
            .fix(Fix::advice(FixKind::Code, "Take it with SET key TOKEN NX PX 30000 and release it by comparing the token in a script. Where the guarded work writes to PostgreSQL, an advisory lock or a unique constraint is safer: it cannot expire under its holder."))
        })
        .collect()
}
