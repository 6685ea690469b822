//! Dropping a table breaks running code that still uses it, and its data is gone
//!
//! Fires on `DROP TABLE t`; safe: `CREATE TABLE t (a int); DROP TABLE t`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "drop_table",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Dropping a table breaks running code that still uses it, and its data is gone",
    },
    hazardous: &["DROP TABLE t"],
    safe: &["CREATE TABLE t (a int); DROP TABLE t", "CREATE TEMP TABLE t (a int); DROP TABLE t"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::DropTables { names, cascade } = site.operation else { return None };
    let table = names.iter().find(|name| site.in_use(name))?;
    let retired = format!("{}_retired", table.name);
    let fix = Fix::sql(FixKind::Migration, [LOCK_TIMEOUT.to_owned(), format!("ALTER TABLE {table} RENAME TO {}", quote_ident(&retired))])
        .undo([format!("ALTER TABLE {} RENAME TO {}", table.sibling(&retired).sql(), quote_ident(&table.name))])
        .lock(Lock::AccessExclusive.name())
        .transactional()
        .notes("The rename shows who still uses the table and can be taken back; drop the renamed table a release later, its foreign keys first.");
    let more = if *cascade { ", with everything that depends on it" } else { "" };
    let title = format!("DROP TABLE {} loses its data{more} and breaks running code that names it", site.sized(table));
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Catalog, table, title);
    let severity = match site.facts(table).and_then(|facts| facts.rows) {
        Some(0) => Severity::Low,
        Some(rows) if rows >= 1_000_000 => Severity::High,
        _ => finding.severity,
    };
    Some(
        finding
            .severity(severity)
            .why("Tables that the dropped one references are locked against reads and writes as well.")
            .fix(fix),
    )
}
