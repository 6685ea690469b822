//! Very many very small strings.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::KeyType,
};

/// Small values whose names cost more than they do.
pub(crate) const RULE: Rule = Rule {
    id: "mem.small-strings",
    group: "memory",
    severity: Severity::Low,
    summary: "Many tiny strings pay for a name and a table entry each",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let family = &group.family;
        let (Some(bytes), Some(length)) = (family.bytes, family.median_length) else { continue };
        let lasting = family.no_ttl_share.is_some_and(|share| share > 0.95);
        let bucketable = family.template.ends_with("{id}") && family.kind == Some(KeyType::String);
        if family.keys <= 10_000 || length >= 32 || !lasting || !bucketable {
            continue;
        }
        let per_key = ratio(bytes, family.keys).unwrap_or(0.0);
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!(
                    "{} strings of {length} bytes in {} take {}: {per_key:.0} bytes for each",
                    count(family.keys),
                    family.template,
                    size(bytes)
                ),
            )
            .confidence(Confidence::Estimated)
            .why("Each key pays for its name, a table entry and an object header; fields of a small hash share one block.")
            .evidence(Evidence::new("analyze_keyspace", "keys", family.keys))
            .evidence(Evidence::new("analyze_keyspace", "bytes", bytes))
            .evidence(Evidence::new("analyze_keyspace", "bytes_per_key", rounded(per_key)))
            .fix(Fix::advice(FixKind::Code, "Bucket by id: HSET name:{id / 100} {id % 100} value keeps 100 values in one compact hash. Only for data that needs no TTL of its own (field TTLs need Redis 7.4 or Valkey 9).")),
        );
    }
    found
}
