//! TRUNCATE deletes every row at once, under a lock that stops reads and writes
//!
//! Fires on `TRUNCATE t`; safe: `CREATE TABLE t (a int); TRUNCATE t`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "truncate_table",
        group: "migrations",
        severity: Severity::High,
        summary: "TRUNCATE deletes every row at once, under a lock that stops reads and writes",
    },
    hazardous: &["TRUNCATE t"],
    safe: &["CREATE TABLE t (a int); TRUNCATE t"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::Truncate { tables, cascade } = site.operation else { return None };
    let table = tables.iter().find(|table| site.in_use(table))?;
    let more = if *cascade { " and of every table that references it" } else { "" };
    let title =
        format!("TRUNCATE deletes all rows of {}{more} and stops reads and writes meanwhile", site.sized(table));
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER TABLE {table} RENAME TO {}", quote_ident(&format!("{}_retired", table.name))),
        ],
    )
    .lock(Lock::AccessExclusive.name())
    .notes("If the rows must go while the table stays in use, delete them in batches that commit on their own.");
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(finding.fix(fix))
}
