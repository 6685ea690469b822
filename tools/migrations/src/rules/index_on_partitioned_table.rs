//! An index on a partitioned table is built on all partitions under ShareLock, and CONCURRENTLY is refused there
//!
//! Fires on `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX CONCURRENTLY i ON p (a)`; safe: `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX i ON ONLY p (a)`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "index_on_partitioned_table",
        group: "migrations",
        severity: Severity::High,
        summary: "An index on a partitioned table is built on all partitions under ShareLock, and CONCURRENTLY is refused there",
    },
    hazardous: &["CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX CONCURRENTLY i ON p (a)"],
    safe: &[
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX i ON ONLY p (a)",
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX i ON p (a)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::CreateIndex(index) = site.operation else { return None };
    let table = &index.table;
    if index.only || !site.partitioned(table) || (!index.concurrently && !site.in_use(table)) {
        return None;
    }
    let name = index.effective_name();
    let part = format!("{}_part", table.name);
    let part_index = format!("{part}_idx");
    let attach =
        format!("ALTER INDEX {} ATTACH PARTITION {}", table.sibling(&name).sql(), table.sibling(&part_index).sql());
    let fix = Fix::sql(
        FixKind::Migration,
        [rewrite::on_only(index), rewrite::on_partition(index, &part, &part_index), attach],
    )
    .undo([format!("DROP INDEX {}", table.sibling(&name).sql())])
    .lock(Lock::ShareUpdateExclusive.name())
    .notes(format!(
        "Repeat the second and third statement for every partition (`{part}` stands for one); the index on the parent \
         becomes valid with the last ATTACH."
    ));
    let title = if index.concurrently {
        format!("CREATE INDEX CONCURRENTLY {name} fails: {table} is partitioned, and the server refuses it there")
    } else {
        format!("CREATE INDEX {name} blocks writes to every partition of {} until all are built", site.sized(table))
    };
    let finding = site.blocking(&RULE, site.table_object(table), Lock::Share, Work::IndexBuild, table, title);
    Some(finding.why("The command locks the parent and all partitions for the time of all builds; no version up to 18 can do it concurrently.").fix(fix))
}
