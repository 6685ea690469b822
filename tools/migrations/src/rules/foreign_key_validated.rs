//! A foreign key added without NOT VALID checks every row while writes to both tables wait
//!
//! Fires on `ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p`; safe: `ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{AlterTable, Check, Column, Constraint, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "foreign_key_validated",
        group: "migrations",
        severity: Severity::High,
        summary: "A foreign key added without NOT VALID checks every row while writes to both tables wait",
    },
    hazardous: &[
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
        "ALTER TABLE t ADD COLUMN a int DEFAULT 1 REFERENCES p",
    ],
    safe: &[
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID",
        "ALTER TABLE t ADD COLUMN a int REFERENCES p",
        "CREATE TABLE t (a int); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    match &alter.change {
        TableChange::AddConstraint(constraint) => table_constraint(site, alter, constraint),
        // Without a default all values are NULL and nothing is scanned.
        TableChange::AddColumn(column) if column.default.is_some() => inline(site, alter, column),
        _ => None,
    }
}

fn table_constraint(site: &Site<'_>, alter: &AlterTable, constraint: &Constraint) -> Option<Finding> {
    let table = &alter.table;
    let Check::ForeignKey { columns, references } = &constraint.kind else { return None };
    let old_partitioned = site.partitioned(table) && !site.context.at_least(18);
    if constraint.not_valid || !site.in_use(table) || old_partitioned {
        return None;
    }
    let name = constraint.effective_name(table);
    let quoted = quote_ident(&name);
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            rewrite::not_valid(alter, &name),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}"),
        ],
    )
    .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}")])
    .lock(Lock::ShareRowExclusive.name())
    .notes("Two transactions: the validation must not run in the one that adds the constraint. Validating blocks neither reads nor writes.");
    let title = format!(
        "Foreign key {name} blocks writes to {} and {references} while every row is checked",
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(columns.clone()),
        Lock::ShareRowExclusive,
        Work::Scan,
        table,
        title,
    );
    Some(finding.why("ShareRowExclusiveLock is held on both tables for the time of the check.").fix(fix))
}

fn inline(site: &Site<'_>, alter: &AlterTable, column: &Column) -> Option<Finding> {
    use dbwright_sql::ast::ConstrType;
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let references = column.constraints.iter().find_map(|constraint| match &constraint.kind {
        Check::ForeignKey { references, .. } => Some(references),
        _ => None,
    })?;
    let name = derived(&table.name, std::slice::from_ref(&column.name), "fkey");
    let (quoted, quoted_column) = (quote_ident(&name), quote_ident(&column.name));
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            rewrite::column_without(alter, |kind| kind == ConstrType::ConstrForeign),
            format!("ALTER TABLE {table} ADD CONSTRAINT {quoted} FOREIGN KEY ({quoted_column}) REFERENCES {references} NOT VALID"),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}"),
        ],
    )
    .undo([format!("ALTER TABLE {table} DROP COLUMN {quoted_column}")])
    .lock(Lock::AccessExclusive.name())
    .notes("The validation belongs in a transaction of its own.");
    let title = format!(
        "ADD COLUMN {} with a default and REFERENCES checks every row of {} while all reads and writes wait",
        column.name,
        site.sized(table)
    );
    let finding =
        site.blocking(&RULE, site.column_object(table, &column.name), Lock::AccessExclusive, Work::Scan, table, title);
    Some(
        finding
            .why("With a default the new column has values to check, and they are checked under AccessExclusiveLock.")
            .fix(fix),
    )
}
