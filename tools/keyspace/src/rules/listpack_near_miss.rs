//! Collections just over the limit of their compact encoding.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::{
    analysis::Facts,
    facts::{KeyType, KeyspaceSnapshot},
};

/// A hash, set or sorted set in its large encoding although it is small.
pub(crate) const RULE: Rule = Rule {
    id: "mem.listpack-near-miss",
    group: "memory",
    severity: Severity::Low,
    summary: "Small collections just over an encoding limit take a multiple of the memory",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for group in facts.groups {
        let family = &group.family;
        let (Some(kind), Some(length)) = (&family.kind, family.median_length) else { continue };
        let worth = family.keys >= 100 && family.bytes.is_some_and(|bytes| bytes >= 1 << 20);
        let loose = ["hashtable", "skiplist"].iter().filter_map(|name| family.encodings.get(*name)).sum::<f64>();
        let Some((setting, limit)) = setting(facts.snapshot, kind) else { continue };
        if !worth || loose < 0.5 || limit == 0 || length > limit * 2 {
            continue;
        }
        let over = length > limit;
        let (name, to, reason) = if over {
            (
                setting.to_owned(),
                length.next_power_of_two(),
                format!("their median length of {length} is just over {setting} {limit}"),
            )
        } else {
            let value = setting.replace("-entries", "-value");
            let now = facts.snapshot.setting_number(&value).unwrap_or(64);
            (
                value.clone(),
                now * 2,
                format!(
                    "their median length of {length} fits {setting} {limit}, so a value longer than {value} {now} forces it"
                ),
            )
        };
        let before = facts.snapshot.setting(&name).unwrap_or("64").to_owned();
        let bytes = family.bytes.unwrap_or(0);
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!("{} {} keys of {} ({}) use the large encoding: {reason}", count(family.keys), kind.as_str(), family.template, size(bytes)),
            )
            .confidence(Confidence::Estimated)
            .why("The compact encoding stores a small collection in one block; the large one pays for pointers and table slots on every element.")
            .evidence(Evidence::new("OBJECT ENCODING", "large_encoding_share", loose))
            .evidence(Evidence::new("analyze_keyspace", "median_length", length))
            .evidence(Evidence::new("CONFIG GET", setting, limit))
            .fix(
                Fix::sql(FixKind::RedisConfig, [format!("CONFIG SET {name} {to}")])
                    .undo([format!("CONFIG SET {name} {before}")])
                    .notes("Only values that are written again are re-encoded. Operations stay linear in the limit: keep it under about 1000 entries."),
            ),
        );
    }
    found
}

/// The setting that bounds the compact form of a type, by its name in this server's version.
fn setting(snapshot: &KeyspaceSnapshot, kind: &KeyType) -> Option<(&'static str, u64)> {
    let names: &[&'static str] = match kind {
        KeyType::Hash => &["hash-max-listpack-entries", "hash-max-ziplist-entries"],
        KeyType::Zset => &["zset-max-listpack-entries", "zset-max-ziplist-entries"],
        KeyType::Set => &["set-max-intset-entries"],
        KeyType::String | KeyType::List | KeyType::Stream | KeyType::Other(_) => &[],
    };
    let found = names.iter().find_map(|name| Some((*name, snapshot.setting_number(name)?)));
    // A set of words under the limit is simply not a set of numbers.
    found.filter(|(name, limit)| *name != "set-max-intset-entries" || *limit > 0).filter(|_| *kind != KeyType::Set)
}
