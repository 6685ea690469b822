//! CREATE TABLE … PARTITION OF takes an access exclusive lock on the partitioned table
//!
//! Fires on `CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (10)`; safe: `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (10)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "create_partition_locks_parent",
        group: "migrations",
        severity: Severity::Low,
        summary: "CREATE TABLE … PARTITION OF takes an access exclusive lock on the partitioned table",
    },
    hazardous: &["CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (10)"],
    safe: &["CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (10)"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::CreateTable(created) = site.operation else { return None };
    let parent = created.partition_of.as_ref().filter(|parent| site.in_use(parent))?;
    let child = &created.table;
    let default = site.facts(parent).and_then(|facts| facts.default_partition.as_deref());
    let bounds = site.statement.text.to_owned();
    let bounds =
        bounds.to_ascii_uppercase().find("FOR VALUES").and_then(|at| bounds.get(at..)).unwrap_or("DEFAULT").to_owned();
    let fix = Fix::sql(
        FixKind::Migration,
        [
            format!("CREATE TABLE {child} (LIKE {parent} INCLUDING ALL)"),
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER TABLE {parent} ATTACH PARTITION {child} {bounds}"),
        ],
    )
    .undo([format!("ALTER TABLE {parent} DETACH PARTITION {child} CONCURRENTLY"), format!("DROP TABLE {child}")])
    .lock(Lock::ShareUpdateExclusive.name())
    .notes("Attaching takes ShareUpdateExclusiveLock on the parent only.");
    let scan = default.map(|default| format!(" and reads the default partition {default}")).unwrap_or_default();
    let title = format!(
        "CREATE TABLE {child} PARTITION OF {parent} stops reads and writes of {parent} while it waits for its lock{scan}"
    );
    let finding = site.blocking(&RULE, site.table_object(parent), Lock::AccessExclusive, Work::Catalog, parent, title);
    let severity = if default.is_some() { Severity::High } else { finding.severity };
    Some(finding.severity(severity).fix(fix))
}
