//! DETACH PARTITION without CONCURRENTLY locks the whole partitioned table
//!
//! Fires on `ALTER TABLE p DETACH PARTITION c`; safe: `ALTER TABLE p DETACH PARTITION c CONCURRENTLY`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "detach_partition_not_concurrent",
        group: "migrations",
        severity: Severity::Medium,
        summary: "DETACH PARTITION without CONCURRENTLY locks the whole partitioned table",
    },
    hazardous: &["ALTER TABLE p DETACH PARTITION c"],
    safe: &[
        "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); ALTER TABLE p DETACH PARTITION c",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::DetachPartition { child, concurrently: false } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) || site.context.older_than(14) {
        return None;
    }
    let fix = Fix::sql(FixKind::Migration, [format!("ALTER TABLE {table} DETACH PARTITION {child} CONCURRENTLY")])
        .lock(Lock::ShareUpdateExclusive.name())
        .notes("Outside a transaction; not possible while the table has a default partition.");
    let title = format!("DETACH PARTITION {child} stops all reads and writes of {table} while it waits for its lock");
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(finding.fix(fix))
}
