//! A CHECK added without NOT VALID reads every row while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD CHECK (a > 0)`; safe: `ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "check_validated",
        group: "migrations",
        severity: Severity::High,
        summary: "A CHECK added without NOT VALID reads every row while all reads and writes wait",
    },
    hazardous: &["ALTER TABLE t ADD CHECK (a > 0)"],
    safe: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddConstraint(constraint) = &alter.change else { return None };
    let columns = match &constraint.kind {
        Check::Expression { columns, .. } => columns.clone(),
        Check::NotNull { column } => vec![column.clone()],
        _ => return None,
    };
    let table = &alter.table;
    if constraint.not_valid || !site.in_use(table) {
        return None;
    }
    let name = constraint.effective_name(table);
    let quoted = quote_ident(&name);
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            rewrite::not_valid(alter, &name),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}"),
        ],
    )
    .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}")])
    .lock(Lock::AccessExclusive.name())
    .notes("Two transactions: the validation in its own. It takes ShareUpdateExclusiveLock and blocks neither reads nor writes.");
    let title = format!(
        "Constraint {name} is checked against every row of {} while all reads and writes wait",
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(columns),
        Lock::AccessExclusive,
        Work::Scan,
        table,
        title,
    );
    Some(finding.why("ADD CONSTRAINT scans the table under AccessExclusiveLock unless it is NOT VALID.").fix(fix))
}
