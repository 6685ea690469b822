//! Changing rows in the transaction that altered a table holds the table's lock for the whole change
//!
//! Fires on `BEGIN; ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE b > 0; COMMIT`; safe: `ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE b > 0`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "data_change_under_ddl_lock",
        group: "migrations",
        severity: Severity::High,
        summary: "Changing rows in the transaction that altered a table holds the table's lock for the whole change",
    },
    hazardous: &["BEGIN; ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE b > 0; COMMIT"],
    safe: &[
        "ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE b > 0",
        "BEGIN; CREATE TABLE t (a int); UPDATE t SET a = 1; COMMIT",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (table, word) = match site.operation {
        Operation::Update { table, .. } => (table, "UPDATE"),
        Operation::Delete { table, .. } => (table, "DELETE"),
        Operation::Copy { table } => (table, "INSERT"),
        _ => return None,
    };
    let open = site.state.open.as_ref()?;
    let locked = open.locked.first()?;
    let fix = Fix::sql(FixKind::Migration, [site.statement.text])
        .lock("RowExclusiveLock")
        .notes("In a migration of its own, after the one that alters the table has committed; in batches where the table is large.");
    let title = format!("{word} of {table} runs while the transaction still blocks {}", site.sized(locked));
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Scan, locked, title);
    Some(
        finding
            .why("The lock of ALTER TABLE is kept until COMMIT, so everybody waits for the row changes as well.")
            .fix(fix),
    )
}
