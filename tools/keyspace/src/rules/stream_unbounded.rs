//! Streams that are never trimmed.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::{
    analysis::Facts,
    facts::{KeyType, display_name},
};

/// A stream of very many entries.
pub(crate) const RULE: Rule = Rule {
    id: "stream.unbounded",
    group: "streams",
    severity: Severity::Medium,
    summary: "A stream that is never trimmed grows for ever",
};

const LONG: u64 = 100_000;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let longest = group
            .samples
            .iter()
            .filter(|sample| sample.kind == Some(KeyType::Stream))
            .filter_map(|sample| Some((sample.length?, *sample)))
            .max_by_key(|(length, sample)| (*length, &sample.name));
        let Some((length, sample)) = longest.filter(|(length, _)| *length > LONG) else { continue };
        let name = display_name(&sample.name);
        let bytes = sample.memory.map_or_else(String::new, |bytes| format!(" ({})", size(bytes)));
        found.push(
            Finding::new(&RULE, Object::new(ObjectKind::Key, &group.family.template), format!("stream {name} holds {} entries{bytes}", count(length)))
                .why("Acknowledged entries stay in a stream until it is trimmed.")
                .evidence(Evidence::new("XLEN", "entries", length))
                .evidence(Evidence::new("MEMORY USAGE", "bytes", sample.memory))
                .fix(Fix::advice(FixKind::Code, "Add with XADD … MAXLEN ~ N (or MINID ~ for an age). XTRIM removes what is there: check first that no group still has it pending.")),
        );
    }
    found
}
