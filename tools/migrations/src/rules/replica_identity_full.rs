//! REPLICA IDENTITY FULL writes the whole old row to the WAL for every update and delete
//!
//! Fires on `ALTER TABLE t REPLICA IDENTITY FULL`; safe: `ALTER TABLE t REPLICA IDENTITY USING INDEX i`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "replica_identity_full",
        group: "migrations",
        severity: Severity::Low,
        summary: "REPLICA IDENTITY FULL writes the whole old row to the WAL for every update and delete",
    },
    hazardous: &["ALTER TABLE t REPLICA IDENTITY FULL"],
    safe: &["ALTER TABLE t REPLICA IDENTITY USING INDEX i"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    if !matches!(alter.change, TableChange::ReplicaIdentityFull) {
        return None;
    }
    let table = &alter.table;
    let fix = Fix::advice(
        FixKind::Migration,
        "Use the primary key (the default) or REPLICA IDENTITY USING INDEX with a unique index on NOT NULL columns.",
    );
    let title = format!(
        "REPLICA IDENTITY FULL on {table} logs the whole old row of every update and delete, and subscribers search it without a key"
    );
    Some(site.finding(&RULE, site.table_object(table), title).fix(fix))
}
