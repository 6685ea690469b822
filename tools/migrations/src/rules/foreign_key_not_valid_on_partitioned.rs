//! NOT VALID foreign keys on partitioned tables are refused before PostgreSQL 18
//!
//! Fires on `CREATE TABLE p (a int) PARTITION BY RANGE (a); ALTER TABLE p ADD FOREIGN KEY (a) REFERENCES q NOT VALID`; safe: `ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES q NOT VALID`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "foreign_key_not_valid_on_partitioned",
        group: "migrations",
        severity: Severity::High,
        summary: "NOT VALID foreign keys on partitioned tables are refused before PostgreSQL 18",
    },
    hazardous: &[
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); ALTER TABLE p ADD FOREIGN KEY (a) REFERENCES q NOT VALID",
    ],
    safe: &["ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES q NOT VALID"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddConstraint(constraint) = &alter.change else { return None };
    let Check::ForeignKey { columns, references } = &constraint.kind else { return None };
    let table = &alter.table;
    if !site.partitioned(table) || site.context.at_least(18) || !(constraint.not_valid || site.in_use(table)) {
        return None;
    }
    let listed = columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ");
    let part = table.sibling(&format!("{}_part", table.name));
    let name = quote_ident(&constraint.effective_name(table));
    let add = format!("ADD CONSTRAINT {name} FOREIGN KEY ({listed}) REFERENCES {references}");
    let fix = Fix::sql(
        FixKind::Migration,
        [
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER TABLE {part} {add} NOT VALID"),
            format!("ALTER TABLE {part} VALIDATE CONSTRAINT {name}"),
            format!("ALTER TABLE {table} {add}"),
        ],
    )
    .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {name}")])
    .lock(Lock::ShareRowExclusive.name())
    .notes(format!("The second and third statement for every partition (`{part}` stands for one), each in its own transaction; the last one then finds them and scans nothing."));
    let title = if constraint.not_valid {
        format!("Foreign key {name} NOT VALID fails: {table} is partitioned and the server is older than 18")
    } else {
        format!("Foreign key {name} checks every partition of {} while writes wait", site.sized(table))
    };
    let finding = site.blocking(
        &RULE,
        site.table_object(table).columns(columns.clone()),
        Lock::ShareRowExclusive,
        Work::Scan,
        table,
        title,
    );
    Some(finding.why("The parent cannot carry an unvalidated foreign key before 18; its partitions can.").fix(fix))
}
