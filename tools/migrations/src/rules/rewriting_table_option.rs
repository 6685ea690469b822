//! SET LOGGED, UNLOGGED, ACCESS METHOD or TABLESPACE writes the whole table anew while all reads and writes wait
//!
//! Fires on `ALTER TABLE t SET UNLOGGED`; safe: `ALTER TABLE t SET (fillfactor = 90)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "rewriting_table_option",
        group: "migrations",
        severity: Severity::High,
        summary: "SET LOGGED, UNLOGGED, ACCESS METHOD or TABLESPACE writes the whole table anew while all reads and writes wait",
    },
    hazardous: &["ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET TABLESPACE fast"],
    safe: &["ALTER TABLE t SET (fillfactor = 90)", "CREATE TABLE t (a int); ALTER TABLE t SET UNLOGGED"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::Rewrite { words } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let title = format!("{words} writes {} anew while all reads and writes wait", site.sized(table));
    let fix = Fix::advice(FixKind::Migration, "Fill a new table with the wanted property and swap the names in a short transaction, or use pg_repack (tablespaces).")
        .lock(Lock::AccessExclusive.name());
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Rewrite, table, title);
    Some(finding.fix(fix))
}
