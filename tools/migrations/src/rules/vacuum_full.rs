//! VACUUM FULL and CLUSTER write the table anew while all reads and writes wait
//!
//! Fires on `VACUUM FULL t`; safe: `VACUUM t`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::Operation;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "vacuum_full",
        group: "migrations",
        severity: Severity::High,
        summary: "VACUUM FULL and CLUSTER write the table anew while all reads and writes wait",
    },
    hazardous: &["VACUUM FULL t", "CLUSTER t USING i"],
    safe: &["VACUUM t", "VACUUM (FULL false) t"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (table, word) = match site.operation {
        Operation::VacuumFull { table } => (table, "VACUUM FULL"),
        Operation::Cluster { table } => (table, "CLUSTER"),
        _ => return None,
    };
    let every = Name::new(None, "every table");
    let named = table.as_ref().unwrap_or(&every);
    if table.as_ref().is_some_and(|table| !site.in_use(table)) {
        return None;
    }
    let fix = match table {
        Some(table) => Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {table}")])
            .lock(Lock::ShareUpdateExclusive.name())
            .notes("Plain VACUUM makes the space reusable without blocking. To give it back to the file system use pg_repack or pg_squeeze."),
        None => Fix::advice(FixKind::Vacuum, "Plain VACUUM makes space reusable without blocking; pg_repack gives it back."),
    };
    let shown = table.as_ref().map_or_else(|| "every table".to_owned(), |table| site.sized(table));
    let title = format!("{word} rewrites {shown} while all reads and writes wait");
    let object = table
        .as_ref()
        .map_or_else(|| Object::new(ObjectKind::Migration, site.script.path.clone()), |table| site.table_object(table));
    let finding = site.blocking(&RULE, object, Lock::AccessExclusive, Work::Rewrite, named, title);
    Some(finding.fix(fix))
}
