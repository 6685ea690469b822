//! A blocking lock is requested without lock_timeout: everything queues behind it while it waits
//!
//! Fires on `ALTER TABLE t ADD COLUMN a int`; safe: `SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "missing_lock_timeout",
        group: "migrations",
        severity: Severity::Low,
        summary: "A blocking lock is requested without lock_timeout: everything queues behind it while it waits",
    },
    hazardous: &[
        "ALTER TABLE t ADD COLUMN a int",
        "SET LOCAL lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int",
        "SET lock_timeout = 0; ALTER TABLE t ADD COLUMN a int",
    ],
    safe: &[
        "SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int",
        "BEGIN; SET LOCAL lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int; COMMIT",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int",
    ],
    once: true,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (table, lock) = crate::locks::blocking(site.operation)?;
    if !site.in_use(table) || site.state.lock_timeout().is_some() {
        return None;
    }
    let (set, notes) = if site.in_transaction() {
        ("SET LOCAL lock_timeout = '2s'", "SET LOCAL ends with the transaction that the statement runs in.")
    } else {
        (LOCK_TIMEOUT, "There is no transaction here, so the setting is the session's; RESET lock_timeout ends it.")
    };
    let fix = Fix::sql(FixKind::Migration, [set, site.statement.text])
        .lock(lock.name())
        .notes(format!("{notes} Retry with a growing pause when it gives up (error 55P03)."));
    let fix = if site.in_transaction() { fix.transactional() } else { fix };
    let title = format!(
        "{} on {table} is requested without lock_timeout: while it waits, new queries queue behind it",
        lock.name()
    );
    let busy = site.facts(table).is_some_and(|facts| facts.rows.is_some_and(|rows| rows >= 1_000_000));
    let severity = if busy { Severity::Medium } else { RULE.rule.severity };
    Some(
        site.finding(&RULE, Object::new(ObjectKind::Migration, site.script.path.clone()), title)
            .severity(severity)
            .evidence(Evidence::new("statement", "lock", lock.name()))
            .why("The lock waits for the longest running transaction on the table, and every later query waits behind the lock.")
            .fix(fix),
    )
}
