//! LOCK TABLE keeps others out until the transaction ends
//!
//! Fires on `BEGIN; LOCK TABLE t; COMMIT`; safe: `BEGIN; LOCK TABLE t IN ACCESS SHARE MODE; COMMIT`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Rule, Severity};

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "explicit_lock_table",
        group: "migrations",
        severity: Severity::Medium,
        summary: "LOCK TABLE keeps others out until the transaction ends",
    },
    hazardous: &["BEGIN; LOCK TABLE t; COMMIT", "BEGIN; LOCK TABLE t IN SHARE MODE; COMMIT"],
    safe: &["BEGIN; LOCK TABLE t IN ACCESS SHARE MODE; COMMIT"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::LockTable { tables, mode } = site.operation else { return None };
    let table = tables.iter().find(|table| site.in_use(table))?;
    if matches!(mode.as_str(), "AccessShareLock" | "RowShareLock" | "RowExclusiveLock") {
        return None;
    }
    let fix = Fix::sql(FixKind::Migration, ["SET LOCAL lock_timeout = '2s'".to_owned(), site.statement.text.to_owned()])
        .lock(mode.clone())
        .transactional()
        .notes("Most statements take the lock they need by themselves; keep an explicit one only to avoid a deadlock, and the transaction short.");
    let title = format!("LOCK TABLE {table} holds {mode} until the transaction ends");
    Some(
        site.finding(&RULE, site.table_object(table), title)
            .evidence(Evidence::new("statement", "lock", mode.clone()))
            .fix(fix),
    )
}
