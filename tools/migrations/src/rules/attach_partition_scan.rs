//! ATTACH PARTITION reads every row of the new partition under lock, unless a valid CHECK proves that they fit
//!
//! Fires on `ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (10)`; safe: `ALTER TABLE c ADD CONSTRAINT k CHECK (a >= 1 AND a < 10) NOT VALID; ALTER TABLE c VALIDATE CONSTRAINT k; ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (10)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::ConstraintKind;
use crate::lock::Lock;
use crate::name::derived;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "attach_partition_scan",
        group: "migrations",
        severity: Severity::Medium,
        summary: "ATTACH PARTITION reads every row of the new partition under lock, unless a valid CHECK proves that they fit",
    },
    hazardous: &["ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (10)"],
    safe: &[
        "ALTER TABLE c ADD CONSTRAINT k CHECK (a >= 1 AND a < 10) NOT VALID; ALTER TABLE c VALIDATE CONSTRAINT k; ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (10)",
        "CREATE TABLE c (a int); ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (10)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AttachPartition { child, default: false } = &alter.change else { return None };
    let checked = site.state.table(child).is_some_and(|known| {
        known
            .constraints
            .iter()
            .any(|constraint| constraint.validated && matches!(constraint.check, Check::Expression { .. }))
    });
    let checked = checked
        || site.facts(child).is_some_and(|facts| {
            facts.constraints.iter().any(|constraint| constraint.validated && constraint.kind == ConstraintKind::Check)
        });
    let parent = &alter.table;
    let default = site.facts(parent).and_then(|facts| facts.default_partition.as_deref());
    if let Some(default) = default {
        let title = format!(
            "ATTACH PARTITION {child} reads the default partition {default} of {parent} under an access exclusive lock"
        );
        let fix = Fix::advice(
            FixKind::Migration,
            "Give the default partition a CHECK that excludes the new range, NOT VALID and then validated, before attaching.",
        );
        return Some(
            site.blocking(&RULE, site.table_object(parent), Lock::AccessExclusive, Work::Scan, child, title).fix(fix),
        );
    }
    if checked || !site.in_use(child) {
        return None;
    }
    let name = quote_ident(&derived(&child.name, &[], "bounds"));
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER TABLE {child} VALIDATE CONSTRAINT {name}"),
            site.statement.text.to_owned(),
            format!("ALTER TABLE {child} DROP CONSTRAINT {name}"),
        ],
    )
    .undo([format!("ALTER TABLE {parent} DETACH PARTITION {child} CONCURRENTLY")])
    .lock(Lock::AccessExclusive.name())
    .notes(format!(
        "First add {name} to {child}: a CHECK NOT VALID that says the partition's bounds and IS NOT NULL for its key."
    ));
    let title =
        format!("ATTACH PARTITION {} reads all its rows under an access exclusive lock on it", site.sized(child));
    let finding = site.blocking(&RULE, site.table_object(child), Lock::AccessExclusive, Work::Scan, child, title);
    Some(finding.why("The parent is locked with ShareUpdateExclusiveLock only, but the new partition is scanned unless a validated CHECK implies its bounds.").fix(fix))
}
