//! Renaming a column breaks running code the moment it commits
//!
//! Fires on `ALTER TABLE t RENAME COLUMN a TO b`; safe: `CREATE TABLE t (a int); ALTER TABLE t RENAME COLUMN a TO b`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "rename_column",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Renaming a column breaks running code the moment it commits",
    },
    hazardous: &["ALTER TABLE t RENAME COLUMN a TO b"],
    safe: &[
        "CREATE TABLE t (a int); ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t ADD COLUMN a int; ALTER TABLE t RENAME COLUMN a TO b",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::RenameColumn { table, column, to } = site.operation else { return None };
    if !site.in_use(table) || site.new_column(table, column) {
        return None;
    }
    let sql_type = site.old_type(table, column).map_or_else(|| "text".to_owned(), |sql_type| sql_type.sql);
    let statements = crate::author::recipes::rename_column(table, column, to, &sql_type);
    let unsure = if site.old_type(table, column).is_some() {
        ""
    } else {
        " The type is written as text here: use the column's own."
    };
    let fix = Fix::sql(FixKind::Migration, statements.up)
        .undo(statements.down)
        .lock(Lock::AccessExclusive.name())
        .notes(format!("Old and new code work side by side; drop the trigger and the old column when nothing names it any more. Every statement commits on its own.{unsure}"));
    let title = format!("RENAME COLUMN {column} TO {to} on {table} breaks every running query that names {column}");
    let finding =
        site.blocking(&RULE, site.column_object(table, column), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(finding.why("No moment exists at which both old and new code work, unless both names do.").fix(fix))
}
