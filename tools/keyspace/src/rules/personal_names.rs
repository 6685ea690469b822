//! Personal data in key names.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::analysis::Facts;

/// E-mail addresses in names.
pub(crate) const RULE: Rule = Rule {
    id: "name.convention",
    group: "names",
    severity: Severity::Low,
    summary: "Personal data in key names shows up in logs, slow logs and monitoring",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let with_mail = facts
        .groups
        .iter()
        .map(|group| &group.family)
        .filter(|family| family.keys >= 10 && family.template.contains("{email}"));
    with_mail
        .map(|family| {
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &family.template),
                format!("the names of {} keys of {} contain e-mail addresses", count(family.keys), family.template),
            )
            .confidence(Confidence::Estimated)
            .why("Names are not treated as data: they appear in slow logs, traces, dumps and dashboards.")
            .evidence(Evidence::new("analyze_keyspace", "keys", family.keys))
            .fix(Fix::advice(FixKind::Code, "Use the user's id, or a keyed hash of the address."))
        })
        .collect()
}
