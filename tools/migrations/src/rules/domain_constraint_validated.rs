//! A domain constraint added without NOT VALID reads every table that uses the domain while writes wait
//!
//! Fires on `ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)`; safe: `ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{DomainChange, Operation};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "domain_constraint_validated",
        group: "migrations",
        severity: Severity::High,
        summary: "A domain constraint added without NOT VALID reads every table that uses the domain while writes wait",
    },
    hazardous: &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)", "ALTER DOMAIN d SET NOT NULL"],
    safe: &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterDomain { name, change } = site.operation else { return None };
    let (label, sql) = match change {
        DomainChange::AddConstraint { name: label, not_valid: false, sql } => {
            (label.clone().unwrap_or_else(|| derived(&name.name, &[], "check")), sql.clone())
        }
        DomainChange::SetNotNull => (derived(&name.name, &[], "not_null"), "VALUE IS NOT NULL".to_owned()),
        DomainChange::AddConstraint { .. } | DomainChange::Other => return None,
    };
    let quoted = quote_ident(&label);
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER DOMAIN {name} ADD CONSTRAINT {quoted} CHECK ({sql}) NOT VALID"),
            format!("ALTER DOMAIN {name} VALIDATE CONSTRAINT {quoted}"),
        ],
    )
    .undo([format!("ALTER DOMAIN {name} DROP CONSTRAINT {quoted}")])
    .lock(Lock::Share.name())
    .notes("Two transactions. Validating still takes ShareLock on the tables that use the domain, for the time of one scan each.");
    let title = format!(
        "The new constraint of domain {name} is checked against every table that uses it while their writes wait"
    );
    Some(
        site.finding(&RULE, Object::new(ObjectKind::Constraint, format!("{}.{label}", name.sql())), title)
            .evidence(Evidence::new("statement", "lock", Lock::Share.name()))
            .fix(fix),
    )
}
