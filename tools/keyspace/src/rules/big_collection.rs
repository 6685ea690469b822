//! Collections too large for the commands that read them whole.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::{
    analysis::Facts,
    facts::{KeySample, KeyType, display_name},
};

/// A hash, list, set or sorted set over its limit.
pub(crate) const RULE: Rule = Rule {
    id: "mem.big-collection",
    group: "memory",
    severity: Severity::Medium,
    summary: "Reading or deleting a huge collection whole blocks the server",
};

/// Elements from which one whole read takes milliseconds.
fn limit(kind: &KeyType) -> Option<u64> {
    match kind {
        KeyType::Hash => Some(5_000),
        KeyType::Set | KeyType::Zset | KeyType::List => Some(10_000),
        KeyType::String | KeyType::Stream | KeyType::Other(_) => None,
    }
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let large: Vec<(u64, &KeySample, &KeyType)> = group
            .samples
            .iter()
            .filter_map(|sample| Some((sample.length?, *sample, sample.kind.as_ref()?)))
            .filter(|(length, _, kind)| limit(kind).is_some_and(|limit| *length > limit))
            .collect();
        let Some((length, sample, kind)) = large.iter().max_by_key(|(length, sample, _)| (*length, &sample.name))
        else {
            continue;
        };
        let bytes = sample.memory.map_or_else(String::new, |bytes| format!(", {}", size(bytes)));
        let (whole, part) = match kind {
            KeyType::Hash => ("HGETALL", "HSCAN or HMGET"),
            KeyType::Set => ("SMEMBERS", "SSCAN or SISMEMBER"),
            KeyType::List => ("LRANGE 0 -1", "LRANGE in pages"),
            KeyType::Zset | KeyType::String | KeyType::Stream | KeyType::Other(_) => ("ZRANGE 0 -1", "ZRANGE in pages"),
        };
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &group.family.template),
                format!(
                    "{} is a {} of {} {}{bytes}: {whole} or DEL on it blocks every client",
                    display_name(&sample.name),
                    kind.as_str(),
                    count(*length),
                    kind.unit()
                ),
            )
            .severity(if *length >= 100_000 { Severity::High } else { RULE.severity })
            .why("Whole reads are linear in the size and run on the one thread that serves everybody; DEL frees it on that thread too.")
            .evidence(Evidence::new("analyze_keyspace", "length", *length))
            .evidence(Evidence::new("MEMORY USAGE", "bytes", sample.memory))
            .evidence(Evidence::new("analyze_keyspace", "large_seen", large.len()))
            .fix(Fix::advice(
                FixKind::Code,
                format!("Read it with {part}; bound it (trim by score or length on write, or one key a day or bucket); remove with UNLINK, which frees in the background."),
            )),
        );
    }
    found
}
