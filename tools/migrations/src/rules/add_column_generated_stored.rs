//! A stored generated column added to a table writes every row anew while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED`; safe: `ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) VIRTUAL`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{Generated, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_generated_stored",
        group: "migrations",
        severity: Severity::High,
        summary: "A stored generated column added to a table writes every row anew while all reads and writes wait",
    },
    hazardous: &["ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED"],
    safe: &[
        "ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) VIRTUAL",
        "CREATE TABLE t (b int, a int GENERATED ALWAYS AS (b + 1) STORED)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let Some(Generated::Stored(expression)) = &column.generated else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let name = quote_ident(&column.name);
    let sync = derived(&table.name, std::slice::from_ref(&column.name), "sync");
    let function = table.sibling(&sync).sql();
    let trigger = quote_ident(&sync);
    let assigned = format!("SELECT {expression} INTO NEW.{name} FROM (SELECT NEW.*) AS row_value");
    let statements = vec![
        LOCK_TIMEOUT.to_owned(),
        rewrite::bare_column(alter, None),
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $sync$BEGIN {assigned}; RETURN NEW; END$sync$"
        ),
        format!(
            "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        ),
        rewrite::backfill(table, &format!("{name} = {expression}"), &format!("{name} IS DISTINCT FROM ({expression})")),
    ];
    let newer =
        if site.context.at_least(18) { " On this server a VIRTUAL column is free and may be enough." } else { "" };
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([
            format!("DROP TRIGGER {trigger} ON {table}"),
            format!("DROP FUNCTION {function}()"),
            format!("ALTER TABLE {table} DROP COLUMN {name}"),
        ])
        .lock(Lock::AccessExclusive.name())
        .notes(format!("A plain column kept by a trigger gives the same values without the rewrite. Every statement commits on its own.{newer}"));
    let title = format!(
        "ADD COLUMN {} GENERATED STORED rewrites {} while all reads and writes wait",
        column.name,
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.column_object(table, &column.name),
        Lock::AccessExclusive,
        Work::Rewrite,
        table,
        title,
    );
    Some(
        finding
            .why("The expression is computed and stored for every existing row, under AccessExclusiveLock.")
            .fix(fix),
    )
}
