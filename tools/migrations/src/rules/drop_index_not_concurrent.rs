//! DROP INDEX without CONCURRENTLY takes an access exclusive lock on the table and queues everyone behind it
//!
//! Fires on `DROP INDEX i`; safe: `DROP INDEX CONCURRENTLY i`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::Operation;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "drop_index_not_concurrent",
        group: "migrations",
        severity: Severity::Medium,
        summary: "DROP INDEX without CONCURRENTLY takes an access exclusive lock on the table and queues everyone behind it",
    },
    hazardous: &["DROP INDEX i"],
    safe: &["DROP INDEX CONCURRENTLY i", "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::DropIndexes { names, concurrently: false, .. } = site.operation else { return None };
    let name = names.iter().find(|name| {
        let table = site.state.index_table(&name.name);
        table.is_none_or(|table| site.in_use(table))
    })?;
    let known = site.context.index(name);
    if let Some((table, facts)) = known
        && let Some(constraint) = &facts.constraint
    {
        let owner = Name::new(Some(&table.schema), &table.name);
        let title = format!("DROP INDEX {name} fails: the constraint {constraint} of {owner} needs it");
        let drop = format!("ALTER TABLE {owner} DROP CONSTRAINT {}", quote_ident(constraint));
        let fix = Fix::sql(FixKind::Migration, [LOCK_TIMEOUT.to_owned(), drop]).lock(Lock::AccessExclusive.name());
        return Some(site.finding(&RULE, Object::new(ObjectKind::Index, name.sql()), title).fix(fix));
    }
    let on = known.map(|(table, _)| format!(" on {}", Name::new(Some(&table.schema), &table.name))).unwrap_or_default();
    let statements: Vec<String> = names.iter().map(|name| format!("DROP INDEX CONCURRENTLY {name}")).collect();
    let undo = known.and_then(|(_, facts)| facts.definition.as_ref()).map(|definition| {
        definition.replacen("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1).replacen(
            "CREATE UNIQUE INDEX",
            "CREATE UNIQUE INDEX CONCURRENTLY",
            1,
        )
    });
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo(undo)
        .lock(Lock::ShareUpdateExclusive.name())
        .notes("Outside a transaction, one index a statement.");
    let title = format!(
        "DROP INDEX {name}{on} waits for an access exclusive lock with all reads and writes of the table behind it"
    );
    Some(
        site.finding(&RULE, Object::new(ObjectKind::Index, name.sql()), title)
            .evidence(Evidence::new("statement", "lock", Lock::AccessExclusive.name()))
            .why("The drop itself is instant, but it waits for the longest running query on the table, and every new query waits behind it.")
            .fix(fix),
    )
}
