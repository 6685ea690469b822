//! An exclusion constraint builds its index while all reads and writes wait; there is no concurrent way
//!
//! Fires on `ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)`; safe: `CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&))`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_exclusion_constraint",
        group: "migrations",
        severity: Severity::High,
        summary: "An exclusion constraint builds its index while all reads and writes wait; there is no concurrent way",
    },
    hazardous: &["ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)"],
    safe: &["CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&))"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddConstraint(constraint) = &alter.change else { return None };
    let table = &alter.table;
    if !matches!(constraint.kind, Check::Exclusion) || !site.in_use(table) {
        return None;
    }
    let name = constraint.effective_name(table);
    let fix = Fix::sql(FixKind::Migration, [LOCK_TIMEOUT.to_owned(), site.statement.text.to_owned()])
        .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {}", quote_ident(&name))])
        .lock(Lock::AccessExclusive.name())
        .notes("The server can build it in no other way: a short window with writes stopped, or a new table with the constraint, filled and swapped.");
    let title =
        format!("Exclusion constraint {name} is built on {} while all reads and writes wait", site.sized(table));
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::IndexBuild, table, title);
    Some(finding.fix(fix))
}
