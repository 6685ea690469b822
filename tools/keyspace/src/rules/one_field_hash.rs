//! Hashes with a single field.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::{analysis::Facts, facts::KeyType};

/// A hash where a string would do.
pub(crate) const RULE: Rule = Rule {
    id: "mem.one-field-hash",
    group: "memory",
    severity: Severity::Low,
    summary: "A hash with one field costs more than a string and says less",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let single = facts.groups.iter().filter(|group| {
        let random = group.random().count();
        let ones =
            group.random().filter(|sample| sample.kind == Some(KeyType::Hash) && sample.length == Some(1)).count();
        group.family.keys >= 1000 && random >= 20 && ones * 10 >= random * 9
    });
    single
        .map(|group| {
            let family = &group.family;
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!("the {} hashes of {} hold one field each", count(family.keys), family.template),
            )
            .confidence(Confidence::Estimated)
            .why("The field name is stored again with every value; a string holds the value alone, and many such values of one owner fit one hash.")
            .evidence(Evidence::new("HLEN", "median_fields", 1))
            .evidence(Evidence::new("analyze_keyspace", "keys", family.keys))
            .fix(Fix::advice(FixKind::Code, "Store the value as a string, or put the values of one owner into one hash."))
        })
        .collect()
}
