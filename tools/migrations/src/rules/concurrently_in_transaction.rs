//! CONCURRENTLY cannot run inside a transaction, so the migration fails
//!
//! Fires on `BEGIN; CREATE INDEX CONCURRENTLY ON t (a); COMMIT`; safe: `CREATE INDEX CONCURRENTLY ON t (a)`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "concurrently_in_transaction",
        group: "migrations",
        severity: Severity::High,
        summary: "CONCURRENTLY cannot run inside a transaction, so the migration fails",
    },
    hazardous: &["BEGIN; CREATE INDEX CONCURRENTLY ON t (a); COMMIT", "BEGIN; DROP INDEX CONCURRENTLY i; COMMIT"],
    safe: &["CREATE INDEX CONCURRENTLY ON t (a)"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (what, name) = concurrent(site.operation)?;
    let open = site.state.open.as_ref()?;
    let convention = site.context.convention.as_ref();
    let marker = convention.and_then(|convention| convention.tool.no_transaction_marker());
    let notes = match (open.explicit, marker) {
        (false, _) => "The runner sends the file as one query, which is one implicit transaction: keep this statement \
                       alone in its file, without any SET before it."
            .to_owned(),
        (true, Some(marker)) => format!("Move the statement alone into a file of its own marked `{marker}`."),
        (true, None) => "Move the statement alone into a migration that runs outside a transaction.".to_owned(),
    };
    let title = format!("{what} {name} fails inside a transaction (error 25001)");
    let object = Object::new(ObjectKind::Migration, site.script.path.clone());
    Some(
        site.finding(&RULE, object, title)
            .why("The concurrent forms commit several times on their own, so the server refuses them in a transaction block, explicit or implicit.")
            .fix(Fix::sql(FixKind::Migration, [site.statement.text]).lock(Lock::ShareUpdateExclusive.name()).notes(notes)),
    )
}

/// What a concurrent form is called, and on what it works.
fn concurrent(operation: &Operation) -> Option<(&'static str, String)> {
    match operation {
        Operation::CreateIndex(index) if index.concurrently => {
            Some(("CREATE INDEX CONCURRENTLY", index.effective_name()))
        }
        Operation::DropIndexes { names, concurrently: true, .. } => {
            Some(("DROP INDEX CONCURRENTLY", names.first().map(Name::sql).unwrap_or_default()))
        }
        Operation::Reindex { name, concurrently: true, .. } => Some(("REINDEX CONCURRENTLY", name.sql())),
        Operation::AlterTable(alter) => match &alter.change {
            TableChange::DetachPartition { child, concurrently: true } => {
                Some(("DETACH PARTITION CONCURRENTLY", child.sql()))
            }
            _ => None,
        },
        _ => None,
    }
}
