//! Hash tags that put much of the keyspace into one slot.

use std::collections::HashMap;

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::percent;
use crate::{
    analysis::{Facts, ratio, rounded},
    facts::{Chosen, display_name},
};

/// One tag over 20 % of the keys.
pub(crate) const RULE: Rule = Rule {
    id: "hot.slot",
    group: "cache",
    severity: Severity::Low,
    summary: "One hash tag holds much of the keyspace: a cluster cannot spread it",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut tags: HashMap<&[u8], u64> = HashMap::new();
    let mut sampled = 0;
    for sample in facts.snapshot.samples.iter().filter(|sample| sample.chosen == Chosen::Random) {
        sampled += 1;
        if let Some(tag) = hash_tag(&sample.name) {
            *tags.entry(tag).or_default() += 1;
        }
    }
    let Some((tag, keys)) = tags.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))) else {
        return Vec::new();
    };
    let share = ratio(keys, sampled).unwrap_or(0.0);
    if keys < 100 || share <= 0.2 || facts.snapshot.dbsize < 1000 {
        return Vec::new();
    }
    let is_cluster = facts.snapshot.info.number("cluster_enabled") == Some(1);
    let name = format!("{{{}}}", display_name(tag));
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Key, &name),
            format!("{} of the keys carry the hash tag {name} and live in one slot", percent(share)),
        )
        .severity(if is_cluster { Severity::High } else { RULE.severity })
        .confidence(Confidence::Estimated)
        .why("A slot is the smallest unit that a cluster can move; its memory and traffic stay on one node.")
        .evidence(Evidence::new("analyze_keyspace", "share_of_sample", rounded(share)))
        .evidence(Evidence::new("analyze_keyspace", "sampled", sampled))
        .fix(Fix::advice(
            FixKind::Code,
            "Tag by what is used together and small (one user, one cart), not by service or tenant.",
        )),
    ]
}

/// The part of a name that decides its slot, where braces say so.
fn hash_tag(name: &[u8]) -> Option<&[u8]> {
    let start = name.iter().position(|byte| *byte == b'{')? + 1;
    let rest = name.get(start..)?;
    let len = rest.iter().position(|byte| *byte == b'}').filter(|len| *len > 0)?;
    rest.get(..len)
}
