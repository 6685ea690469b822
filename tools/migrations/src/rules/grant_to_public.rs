//! A grant to PUBLIC gives every present and future role access
//!
//! Fires on `GRANT SELECT ON t TO PUBLIC`; safe: `GRANT SELECT ON t TO app`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "grant_to_public",
        group: "migrations",
        severity: Severity::Medium,
        summary: "A grant to PUBLIC gives every present and future role access",
    },
    hazardous: &["GRANT SELECT ON t TO PUBLIC", "GRANT ALL ON t TO PUBLIC"],
    safe: &["GRANT SELECT ON t TO app", "GRANT EXECUTE ON FUNCTION f() TO PUBLIC"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::GrantToPublic { what } = site.operation else { return None };
    let fix = Fix::advice(FixKind::Migration, "Grant to the role that needs it, or to a group role.");
    let title = format!("GRANT … ON {what} TO PUBLIC gives every role access, also those made later");
    Some(site.finding(&RULE, Object::new(ObjectKind::Migration, what.clone()), title).fix(fix))
}
