//! Large JSON documents in strings.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::{
    analysis::Facts,
    facts::{KeySample, KeyType},
};

/// A document that is read and written whole.
pub(crate) const RULE: Rule = Rule {
    id: "mem.json-string",
    group: "memory",
    severity: Severity::Low,
    summary: "Large JSON strings are moved whole for every field that is read or changed",
};

/// Below this a document is cheap to move, and hashes save next to nothing.
const LARGE: u64 = 10_000;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let strings: Vec<&KeySample> = group.random().filter(|sample| sample.kind == Some(KeyType::String)).collect();
        let documents = strings.iter().filter(|sample| sample.head.as_deref().is_some_and(is_json)).count();
        let family = &group.family;
        let Some(length) = family.median_length.filter(|length| *length >= LARGE) else { continue };
        if strings.len() < 10 || documents * 10 < strings.len() * 8 {
            continue;
        }
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!("the {} values of {} are JSON documents of {} (median), moved whole each time", count(family.keys), family.template, size(length)),
            )
            .severity(if length >= 100_000 { Severity::Medium } else { RULE.severity })
            .confidence(Confidence::Estimated)
            .why("Reading one field fetches and parses the document; changing one rewrites it, and two writers overwrite each other.")
            .evidence(Evidence::new("STRLEN", "median_bytes", length))
            .evidence(Evidence::new("analyze_keyspace", "json_samples", documents))
            .fix(Fix::advice(FixKind::Code, "If fields are read singly, use a hash (HGET, HSET) or the JSON type; if the document is always read whole, compress it and leave it.")),
        );
    }
    found
}

fn is_json(head: &[u8]) -> bool {
    let mut bytes = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    match (bytes.next(), bytes.next()) {
        (Some(b'{'), Some(b'"' | b'}')) => true,
        (Some(b'['), Some(next)) => b"{[\"]-0123456789tfn".contains(next),
        _ => false,
    }
}
