//! Dropping a column breaks running code that still reads or writes it, and its data is gone
//!
//! Fires on `ALTER TABLE t DROP COLUMN a`; safe: `CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "drop_column",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Dropping a column breaks running code that still reads or writes it, and its data is gone",
    },
    hazardous: &["ALTER TABLE t DROP COLUMN a"],
    safe: &[
        "CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN a int; ALTER TABLE t DROP COLUMN a",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::DropColumn { column } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) || site.new_column(table, column) {
        return None;
    }
    let facts = site.facts(table).and_then(|facts| facts.column(column));
    let sql_type = facts.map_or("text", |facts| facts.type_name.as_str());
    let fix = Fix::sql(FixKind::Migration, [LOCK_TIMEOUT.to_owned(), format!("ALTER TABLE {table} DROP COLUMN {}", quote_ident(column))])
        .undo([format!("ALTER TABLE {table} ADD COLUMN {} {sql_type}", quote_ident(column))])
        .lock(Lock::AccessExclusive.name())
        .transactional()
        .notes("First release: the code stops naming the column (and SELECT * stops mattering), NOT NULL without default is loosened. Next release: this drop. The undo brings back the column, not its data.");
    let title = format!("DROP COLUMN {column} from {table} breaks running code that names it and loses its data");
    let finding =
        site.blocking(&RULE, site.column_object(table, column), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(
        finding
            .why("During a deployment old code runs against the new schema; mappers list every column they know.")
            .fix(fix),
    )
}
