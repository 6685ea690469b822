//! CREATE INDEX without CONCURRENTLY blocks writes to the table until the index is built
//!
//! Fires on `CREATE INDEX ON t (a)`; safe: `CREATE INDEX CONCURRENTLY ON t (a)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "create_index_not_concurrent",
        group: "migrations",
        severity: Severity::High,
        summary: "CREATE INDEX without CONCURRENTLY blocks writes to the table until the index is built",
    },
    hazardous: &["CREATE INDEX ON t (a)", "CREATE UNIQUE INDEX i ON t (a)"],
    safe: &[
        "CREATE INDEX CONCURRENTLY ON t (a)",
        "CREATE TABLE t (a int); CREATE INDEX ON t (a)",
        "CREATE INDEX i ON ONLY t (a)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::CreateIndex(index) = site.operation else { return None };
    let table = &index.table;
    if index.concurrently || index.only || !site.in_use(table) || site.partitioned(table) {
        return None;
    }
    let name = index.effective_name();
    let undo = rewrite::drop_concurrently(table, &name);
    let fix = Fix::sql(
        FixKind::Migration,
        ["SET statement_timeout = 0".to_owned(), rewrite::NO_LOCK_TIMEOUT.to_owned(), rewrite::concurrently(index)],
    )
    .undo([undo.clone()])
    .lock(Lock::ShareUpdateExclusive.name())
    .notes(format!(
        "Outside a transaction, alone in its file. It waits for older transactions and blocks nobody meanwhile. \
             If it fails it leaves an invalid index: `{undo}`, then again."
    ));
    let title = format!("CREATE INDEX {name} blocks writes to {} until it is built", site.sized(table));
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(index.columns.clone()),
        Lock::Share,
        Work::IndexBuild,
        table,
        title,
    );
    Some(
        finding
            .why("ShareLock conflicts with every INSERT, UPDATE and DELETE; the build reads and sorts the whole table.")
            .fix(fix),
    )
}
