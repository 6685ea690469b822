//! A serial or identity column added to a table writes every row anew while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD COLUMN a bigserial`; safe: `ALTER TABLE t ADD COLUMN a bigint`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::{quote_ident, quote_literal};

use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_serial",
        group: "migrations",
        severity: Severity::High,
        summary: "A serial or identity column added to a table writes every row anew while all reads and writes wait",
    },
    hazardous: &[
        "ALTER TABLE t ADD COLUMN a bigserial",
        "ALTER TABLE t ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY",
    ],
    safe: &["ALTER TABLE t ADD COLUMN a bigint", "CREATE TABLE t (a bigserial)"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let table = &alter.table;
    let serial = column.sql_type.as_ref().is_some_and(crate::types::SqlType::is_serial);
    if !(serial || column.identity) || !site.in_use(table) {
        return None;
    }
    let word = if serial { "serial" } else { "identity" };
    let sequence = table.sibling(&derived(&table.name, std::slice::from_ref(&column.name), "seq")).sql();
    let name = quote_ident(&column.name);
    let mut statements = vec![
        LOCK_TIMEOUT.to_owned(),
        rewrite::bare_column(alter, serial.then_some("int8")),
        format!("CREATE SEQUENCE {sequence} OWNED BY {table}.{name}"),
        format!("ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT nextval({})", quote_literal(&sequence)),
        rewrite::backfill(table, &format!("{name} = DEFAULT"), &format!("{name} IS NULL")),
    ];
    statements.extend(rewrite::set_not_null(table, &column.name).into_iter().skip(1));
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} DROP COLUMN {name}")])
        .lock(Lock::AccessExclusive.name())
        .notes("Every statement commits on its own; the backfill runs in batches outside a transaction.");
    let title =
        format!("ADD COLUMN {} as {word} rewrites {} while all reads and writes wait", column.name, site.sized(table));
    let finding = site.blocking(
        &RULE,
        site.column_object(table, &column.name),
        Lock::AccessExclusive,
        Work::Rewrite,
        table,
        title,
    );
    Some(finding.why("Every existing row gets a number of its own, under AccessExclusiveLock.").fix(fix))
}
