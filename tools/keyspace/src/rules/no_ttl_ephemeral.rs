//! Sessions, caches and tokens that never expire.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, glob, has_word, percent, size};
use crate::analysis::Facts;

/// Short-lived data by its name, without a TTL.
pub(crate) const RULE: Rule = Rule {
    id: "ttl.none-ephemeral",
    group: "ttl",
    severity: Severity::Medium,
    summary: "Short-lived data without a TTL grows until memory is full",
};

const EPHEMERAL: &[&str] = &[
    "session",
    "sess",
    "cache",
    "cached",
    "tmp",
    "temp",
    "token",
    "otp",
    "rate",
    "ratelimit",
    "throttle",
    "idem",
    "idempotency",
    "nonce",
    "csrf",
    "captcha",
    "magic",
    "verify",
    "2fa",
    "result",
    "job-result",
];

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let family = &group.family;
        let Some(share) = family.no_ttl_share else { continue };
        let concerned = family.keys >= 100 && family.sampled >= 10 && share > 0.05;
        if !concerned || !has_word(&family.template, EPHEMERAL) {
            continue;
        }
        let grows = family.memory_share.is_some_and(|memory| memory >= 0.2) && share > 0.5;
        let cost = family.bytes.map_or_else(String::new, |bytes| format!(" and holds {}", size(bytes)));
        let pattern = glob(&family.template);
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!(
                    "{} has no TTL on {} of its {} keys{cost}: it only grows",
                    family.template,
                    percent(share),
                    count(family.keys)
                ),
            )
            .severity(if grows { Severity::High } else { RULE.severity })
            .confidence(dbwright_finding::Confidence::Estimated)
            .why("The name says that the data is short-lived, but nothing removes it: memory grows with traffic until eviction or out-of-memory errors.")
            .evidence(Evidence::new("analyze_keyspace", "no_ttl_share", share))
            .evidence(Evidence::new("analyze_keyspace", "keys", family.keys))
            .evidence(Evidence::new("analyze_keyspace", "sampled", family.sampled))
            .fix(Fix::advice(
                FixKind::Code,
                format!(
                    "Write it with a TTL (SET … EX 3600, or EXPIRE in the same pipeline, with ±10 % jitter). For the keys that exist: SCAN 0 MATCH {pattern} COUNT 500 in a loop and EXPIRE key 86400 NX on each (NX needs 7.0; before, only where TTL is -1); PERSIST takes it back. A TTL costs about 40 bytes a key."
                ),
            )),
        );
    }
    found
}
