//! One key that holds much of the memory.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{percent, size};
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::display_name,
};

/// A key over 5 % of the data.
pub(crate) const RULE: Rule = Rule {
    id: "mem.skew",
    group: "memory",
    severity: Severity::Medium,
    summary: "One key holds a large share of the memory: it cannot be sharded, moved or evicted gently",
};

/// Below this nobody minds.
const NOTABLE: u64 = 10 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let dataset = facts.snapshot.info.number("used_memory_dataset").unwrap_or(0);
    let largest = facts
        .snapshot
        .samples
        .iter()
        .filter_map(|sample| Some((sample.memory?, sample)))
        .max_by_key(|(bytes, sample)| (*bytes, &sample.name));
    let Some((bytes, sample)) = largest.filter(|(bytes, _)| *bytes >= NOTABLE) else { return Vec::new() };
    let Some(share) = ratio(bytes, dataset).filter(|share| *share > 0.05) else { return Vec::new() };
    let name = display_name(&sample.name);
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Key, &name),
            format!("{name} alone takes {} ({} of the data)", size(bytes), percent(share.min(1.0))),
        )
        .severity(if share > 0.25 { Severity::High } else { RULE.severity })
        .why("A key lives on one node and one slot; evicting, migrating or deleting it is one large step.")
        .evidence(Evidence::new("MEMORY USAGE", "bytes", bytes))
        .evidence(Evidence::new("INFO memory", "used_memory_dataset_bytes", dataset))
        .evidence(Evidence::new("analyze_keyspace", "share", rounded(share)))
        .fix(Fix::advice(
            FixKind::Code,
            "Split it into buckets by a hash of the member or by time, and give old buckets a TTL.",
        )),
    ]
}
