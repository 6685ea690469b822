//! DROP … CASCADE takes along whatever depends on the object, unseen
//!
//! Fires on `DROP VIEW v CASCADE`; safe: `DROP VIEW v`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "drop_cascade",
        group: "migrations",
        severity: Severity::High,
        summary: "DROP … CASCADE takes along whatever depends on the object, unseen",
    },
    hazardous: &["DROP VIEW v CASCADE", "DROP SCHEMA s CASCADE"],
    safe: &["DROP VIEW v"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::DropOther { what, name, cascade: true } = site.operation else { return None };
    let word = what.to_uppercase();
    let fix = Fix::sql(FixKind::Migration, [format!("DROP {word} {name}")])
        .lock(Lock::AccessExclusive.name())
        .transactional()
        .notes("Without CASCADE the server lists what depends on it; drop those objects by name first.");
    let title = format!("DROP {word} {name} CASCADE drops everything that depends on it without naming it");
    Some(site.finding(&RULE, Object::new(ObjectKind::Migration, name.clone()), title).fix(fix))
}
