//! Strings too large to read or write in one go.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::size;
use crate::{
    analysis::Facts,
    facts::{KeyType, display_name},
};

/// A string over 100 kB.
pub(crate) const RULE: Rule = Rule {
    id: "mem.big-string",
    group: "memory",
    severity: Severity::Low,
    summary: "A large string blocks other clients while it is read or written whole",
};

const LARGE: u64 = 100_000;
const HUGE: u64 = 1_000_000;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let large: Vec<_> = group
            .samples
            .iter()
            .filter(|sample| sample.kind == Some(KeyType::String))
            .filter_map(|sample| Some((sample.length.or(sample.memory)?, *sample)))
            .filter(|(bytes, _)| *bytes > LARGE)
            .collect();
        let Some((bytes, sample)) = large.iter().max_by_key(|(bytes, sample)| (*bytes, &sample.name)) else { continue };
        let name = display_name(&sample.name);
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &group.family.template),
                format!("{name} is a string of {}: each GET copies all of it while other clients wait", size(*bytes)),
            )
            .severity(match *bytes {
                bytes if bytes > 32 * HUGE => Severity::High,
                bytes if bytes > HUGE => Severity::Medium,
                _ => RULE.severity,
            })
            .why("Commands run one at a time; copying megabytes to the network or freeing them delays every other client, and output buffers grow with it.")
            .evidence(Evidence::new("STRLEN", "bytes", *bytes))
            .evidence(Evidence::new("analyze_keyspace", "large_strings_seen", large.len()))
            .fix(Fix::advice(FixKind::Code, "Compress it, split it by the part that is read, or keep it in object storage with a reference here. Remove old ones with UNLINK, not DEL.")),
        );
    }
    found
}
