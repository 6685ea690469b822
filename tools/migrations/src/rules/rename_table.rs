//! Renaming or moving a table breaks running code the moment it commits
//!
//! Fires on `ALTER TABLE t RENAME TO u`; safe: `CREATE TABLE t (a int); ALTER TABLE t RENAME TO u`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::Operation;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "rename_table",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Renaming or moving a table breaks running code the moment it commits",
    },
    hazardous: &["ALTER TABLE t RENAME TO u", "ALTER TABLE t SET SCHEMA s"],
    safe: &[
        "CREATE TABLE t (a int); ALTER TABLE t RENAME TO u",
        "BEGIN; ALTER TABLE t RENAME TO u; CREATE VIEW t AS SELECT * FROM u; COMMIT",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (table, new, words) = match site.operation {
        Operation::RenameTable { table, to } => (table, table.sibling(to), format!("RENAME TO {}", quote_ident(to))),
        Operation::MoveTable { table, schema } => {
            (table, Name::new(Some(schema), &table.name), format!("SET SCHEMA {}", quote_ident(schema)))
        }
        _ => return None,
    };
    let stays = site.in_transaction()
        && site.later.iter().any(|later| matches!(later, Operation::CreateView { view } if view.same(table)));
    if !site.in_use(table) || stays {
        return None;
    }
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            "BEGIN".to_owned(),
            format!("ALTER TABLE {table} {words}"),
            format!("CREATE VIEW {table} AS SELECT * FROM {new}"),
            "COMMIT".to_owned(),
        ],
    )
    .undo(["BEGIN".to_owned(), format!("DROP VIEW {table}"), back(table, &new), "COMMIT".to_owned()])
    .lock(Lock::AccessExclusive.name())
    .notes("The view is updatable, so old code goes on reading and writing under the old name; drop it when nothing uses it.");
    let title = format!("ALTER TABLE {table} {words} breaks every running query that names {table}");
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(finding.fix(fix))
}

fn back(old: &Name, new: &Name) -> String {
    if old.name == new.name {
        let schema = old.schema.as_deref().unwrap_or("public");
        format!("ALTER TABLE {new} SET SCHEMA {}", quote_ident(schema))
    } else {
        format!("ALTER TABLE {new} RENAME TO {}", quote_ident(&old.name))
    }
}
