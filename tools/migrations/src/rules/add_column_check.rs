//! CHECK in ADD COLUMN reads every row while all reads and writes wait, although the new values are all NULL
//!
//! Fires on `ALTER TABLE t ADD COLUMN a int CHECK (a >= 0)`; safe: `ALTER TABLE t ADD COLUMN a int`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_check",
        group: "migrations",
        severity: Severity::Medium,
        summary: "CHECK in ADD COLUMN reads every row while all reads and writes wait, although the new values are all NULL",
    },
    hazardous: &["ALTER TABLE t ADD COLUMN a int CHECK (a >= 0)"],
    safe: &["ALTER TABLE t ADD COLUMN a int", "CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a int CHECK (a >= 0)"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    use dbwright_sql::ast::ConstrType;
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let (constraint, expression) = column.constraints.iter().find_map(|constraint| match &constraint.kind {
        Check::Expression { expression, .. } => Some((constraint, expression)),
        _ => None,
    })?;
    let name = match &constraint.name {
        Some(name) => name.clone(),
        None => derived(&table.name, std::slice::from_ref(&column.name), "check"),
    };
    let quoted = quote_ident(&name);
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            rewrite::column_without(alter, |kind| kind == ConstrType::ConstrCheck),
            format!("ALTER TABLE {table} ADD CONSTRAINT {quoted} CHECK ({expression}) NOT VALID"),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}"),
        ],
    )
    .undo([format!("ALTER TABLE {table} DROP COLUMN {}", quote_ident(&column.name))])
    .lock(Lock::AccessExclusive.name())
    .notes("The validation belongs in a transaction of its own.");
    let title = format!(
        "CHECK on the new column {} reads every row of {} while all reads and writes wait",
        column.name,
        site.sized(table)
    );
    let finding =
        site.blocking(&RULE, site.column_object(table, &column.name), Lock::AccessExclusive, Work::Scan, table, title);
    Some(finding.why("Without the CHECK the column is added in the catalog only; with it the server scans the table although no value can fail.").fix(fix))
}
