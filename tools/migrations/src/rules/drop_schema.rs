//! Dropping a schema breaks every program that uses it
//!
//! Fires on `DROP SCHEMA s`; safe: `DROP TYPE x`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "drop_schema",
        group: "migrations",
        severity: Severity::High,
        summary: "Dropping a schema breaks every program that uses it",
    },
    hazardous: &["DROP SCHEMA s"],
    safe: &["DROP TYPE x"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::DropOther { what: "schema", name, cascade: false } = site.operation else { return None };
    let title = format!("DROP SCHEMA {name} breaks every program that still names it");
    let fix =
        Fix::advice(FixKind::Migration, "Rename the schema for a release and look for errors before dropping it.");
    Some(
        site.finding(&RULE, Object::new(ObjectKind::Migration, name.clone()), title)
            .severity(Severity::Medium)
            .fix(fix),
    )
}
