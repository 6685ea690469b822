//! ADD COLUMN NOT NULL without a default fails on a table that has rows
//!
//! Fires on `ALTER TABLE t ADD COLUMN a int NOT NULL`; safe: `ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_not_null_without_default",
        group: "migrations",
        severity: Severity::High,
        summary: "ADD COLUMN NOT NULL without a default fails on a table that has rows",
    },
    hazardous: &["ALTER TABLE t ADD COLUMN a int NOT NULL"],
    safe: &[
        "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0",
        "ALTER TABLE t ADD COLUMN a int",
        "CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a int NOT NULL",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let table = &alter.table;
    let serial = column.sql_type.as_ref().is_some_and(crate::types::SqlType::is_serial);
    let filled = column.default.is_some() || column.identity || column.generated.is_some() || serial;
    let empty = site.facts(table).is_some_and(|facts| facts.rows == Some(0));
    if !column.not_null || filled || empty || !site.in_use(table) {
        return None;
    }
    let name = quote_ident(&column.name);
    let mut statements = vec![LOCK_TIMEOUT.to_owned(), rewrite::bare_column(alter, None)];
    statements.extend(rewrite::set_not_null(table, &column.name).into_iter().skip(1));
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} DROP COLUMN {name}")])
        .lock(Lock::AccessExclusive.name())
        .notes("Between the second and the third statement: deploy code that writes the column and backfill the old rows in batches. A constant DEFAULT in ADD COLUMN is the short way where one fits.");
    let title =
        format!("ADD COLUMN {} NOT NULL without a default fails when {} has rows", column.name, site.sized(table));
    Some(site.finding(&RULE, site.column_object(table, &column.name), title)
        .why("Existing rows would hold NULL (error 23502); on an empty table it breaks the running code, which does not write the column yet.")
        .fix(fix))
}
