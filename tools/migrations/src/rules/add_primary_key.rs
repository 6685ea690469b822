//! ADD PRIMARY KEY builds its index, and reads every row for NULLs, while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD PRIMARY KEY (a)`; safe: `CREATE TABLE t (a int); ALTER TABLE t ADD PRIMARY KEY (a)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_primary_key",
        group: "migrations",
        severity: Severity::High,
        summary: "ADD PRIMARY KEY builds its index, and reads every row for NULLs, while all reads and writes wait",
    },
    hazardous: &["ALTER TABLE t ADD PRIMARY KEY (a)"],
    safe: &[
        "CREATE TABLE t (a int); ALTER TABLE t ADD PRIMARY KEY (a)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON t (a); ALTER TABLE t ADD PRIMARY KEY USING INDEX t_pkey",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddConstraint(constraint) = &alter.change else { return None };
    let Check::PrimaryKey { columns, index } = &constraint.kind else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let name = constraint.effective_name(table);
    let Some(index) = index else {
        return Some(builds(site, table, &name, columns));
    };
    let columns = index_columns(site, table, index)?;
    let nullable: Vec<&String> = columns.iter().filter(|column| !site.not_null(table, column)).collect();
    let first = nullable.first()?;
    let mut statements: Vec<String> = nullable.iter().flat_map(|column| rewrite::set_not_null(table, column)).collect();
    statements.push(site.statement.text.to_owned());
    let title = format!(
        "PRIMARY KEY USING INDEX {index} reads every row of {} for NULLs in {first} while all reads and writes wait",
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(columns),
        Lock::AccessExclusive,
        Work::Scan,
        table,
        title,
    );
    let fix = Fix::sql(FixKind::Migration, statements)
        .lock(Lock::AccessExclusive.name())
        .notes("Every statement commits on its own.");
    Some(
        finding
            .why("The index is there, but a column that is not NOT NULL yet is scanned under AccessExclusiveLock.")
            .fix(fix),
    )
}

fn builds(site: &Site<'_>, table: &Name, name: &str, columns: &[String]) -> Finding {
    let quoted = quote_ident(name);
    let listed = columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ");
    let nullable = columns.iter().filter(|column| !site.not_null(table, column));
    let mut statements =
        vec![format!("CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {table} ({listed})"), LOCK_TIMEOUT.to_owned()];
    statements.extend(nullable.flat_map(|column| rewrite::set_not_null(table, column).into_iter().skip(1)));
    statements.push(format!("ALTER TABLE {table} ADD CONSTRAINT {quoted} PRIMARY KEY USING INDEX {quoted}"));
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}")])
        .lock(Lock::AccessExclusive.name())
        .notes("Every statement commits on its own. The last one is instant: index and NOT NULL are already there.");
    let title = format!("ADD PRIMARY KEY builds an index on {} while all reads and writes wait", site.sized(table));
    site.blocking(
        &RULE,
        site.table_object(table).columns(columns.to_vec()),
        Lock::AccessExclusive,
        Work::IndexBuild,
        table,
        title,
    )
    .why("The index is built, and nullable key columns are scanned, under AccessExclusiveLock.")
    .fix(fix)
}

fn index_columns(site: &Site<'_>, table: &Name, index: &str) -> Option<Vec<String>> {
    if let Some(columns) = site.state.index_columns(index) {
        return Some(columns.to_vec());
    }
    let facts = site.facts(table)?.indexes.iter().find(|facts| facts.name == index)?;
    Some(facts.columns.clone())
}
