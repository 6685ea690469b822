//! ADD UNIQUE builds its index while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD UNIQUE (a)`; safe: `CREATE UNIQUE INDEX CONCURRENTLY u ON t (a); ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_unique_constraint",
        group: "migrations",
        severity: Severity::High,
        summary: "ADD UNIQUE builds its index while all reads and writes wait",
    },
    hazardous: &["ALTER TABLE t ADD UNIQUE (a)", "ALTER TABLE t ADD COLUMN a int UNIQUE"],
    safe: &[
        "CREATE UNIQUE INDEX CONCURRENTLY u ON t (a); ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u",
        "CREATE TABLE t (a int UNIQUE)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    use dbwright_sql::ast::ConstrType;
    let Operation::AlterTable(alter) = site.operation else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let mut statements = Vec::new();
    let (name, columns, word) = match &alter.change {
        TableChange::AddConstraint(constraint) => match &constraint.kind {
            Check::Unique { columns, index: None } => (constraint.effective_name(table), columns.clone(), "UNIQUE"),
            _ => return None,
        },
        TableChange::AddColumn(column) => {
            let (constraint, word) = column.constraints.iter().find_map(|constraint| match constraint.kind {
                Check::Unique { .. } => Some((constraint, "UNIQUE")),
                Check::PrimaryKey { .. } => Some((constraint, "PRIMARY KEY")),
                _ => None,
            })?;
            let keys = [ConstrType::ConstrUnique, ConstrType::ConstrPrimary];
            statements.push(LOCK_TIMEOUT.to_owned());
            statements.push(rewrite::column_without(alter, |kind| keys.contains(&kind)));
            statements.push(rewrite::NO_LOCK_TIMEOUT.to_owned());
            (constraint.effective_name(table), vec![column.name.clone()], word)
        }
        _ => return None,
    };
    let quoted = quote_ident(&name);
    let listed = columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ");
    statements.push(format!("CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {table} ({listed})"));
    statements.push(LOCK_TIMEOUT.to_owned());
    statements.push(format!("ALTER TABLE {table} ADD CONSTRAINT {quoted} {word} USING INDEX {quoted}"));
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}")])
        .lock(Lock::AccessExclusive.name())
        .notes(format!(
            "Every statement commits on its own. Look for duplicates first: SELECT {listed}, count(*) FROM {table} GROUP BY {listed} HAVING count(*) > 1"
        ));
    let title = format!("{word} ({listed}) builds an index on {} while all reads and writes wait", site.sized(table));
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(columns),
        Lock::AccessExclusive,
        Work::IndexBuild,
        table,
        title,
    );
    Some(finding.why("The index behind the constraint is built under AccessExclusiveLock.").fix(fix))
}
