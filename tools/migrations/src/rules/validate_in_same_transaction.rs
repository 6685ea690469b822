//! Validating a constraint in the transaction that added it holds the strong lock for the whole scan
//!
//! Fires on `BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; COMMIT`; safe: `ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Check, Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "validate_in_same_transaction",
        group: "migrations",
        severity: Severity::High,
        summary: "Validating a constraint in the transaction that added it holds the strong lock for the whole scan",
    },
    hazardous: &[
        "BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; COMMIT",
    ],
    safe: &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::ValidateConstraint { name } = &alter.change else { return None };
    let table = &alter.table;
    let open = site.state.open.as_ref()?;
    let constraint = site.state.constraint(table, name)?;
    if constraint.transaction != Some(open.number) || !site.in_use(table) {
        return None;
    }
    let lock = match constraint.check {
        Check::ForeignKey { .. } => Lock::ShareRowExclusive,
        _ => Lock::AccessExclusive,
    };
    let fix = Fix::sql(FixKind::Migration, [format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", quote_ident(name))])
        .lock(Lock::ShareUpdateExclusive.name())
        .transactional()
        .notes("In the next migration, after the transaction that adds the constraint has committed.");
    let title = format!(
        "VALIDATE CONSTRAINT {name} scans {} while the lock that added it still blocks {}",
        site.sized(table),
        lock.blocks()
    );
    let finding = site.blocking(
        &RULE,
        Object::new(ObjectKind::Constraint, format!("{}.{name}", site.full_name(table))),
        lock,
        Work::Scan,
        table,
        title,
    );
    Some(finding.why("Locks are kept until the end of the transaction, so NOT VALID gained nothing.").fix(fix))
}
