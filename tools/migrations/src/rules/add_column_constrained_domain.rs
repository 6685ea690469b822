//! A column of a domain with a constraint writes every row anew while all reads and writes wait
//!
//! Fires on `CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ADD COLUMN a d`; safe: `CREATE DOMAIN d AS int; ALTER TABLE t ADD COLUMN a d`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_constrained_domain",
        group: "migrations",
        severity: Severity::High,
        summary: "A column of a domain with a constraint writes every row anew while all reads and writes wait",
    },
    hazardous: &["CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ADD COLUMN a d"],
    safe: &["CREATE DOMAIN d AS int; ALTER TABLE t ADD COLUMN a d"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let table = &alter.table;
    let sql_type = column.sql_type.as_ref()?;
    if !site.in_use(table) || !site.state.domains.iter().any(|domain| domain.name == sql_type.name) {
        return None;
    }
    let fix = Fix::advice(
        FixKind::Migration,
        "Add the column with the domain's base type and the domain's rule as a CHECK constraint NOT VALID, then VALIDATE it.",
    );
    let title = format!(
        "ADD COLUMN {} of domain {} rewrites {} while all reads and writes wait",
        column.name,
        sql_type.sql,
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.column_object(table, &column.name),
        Lock::AccessExclusive,
        Work::Rewrite,
        table,
        title,
    );
    Some(finding.why("A constrained domain is checked per row, and the server does it by writing the table anew, also when every value is NULL.").fix(fix))
}
