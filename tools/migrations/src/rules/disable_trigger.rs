//! Disabled triggers let rows in that foreign keys and triggers would refuse, and block writes while switched
//!
//! Fires on `ALTER TABLE t DISABLE TRIGGER ALL`; safe: `ALTER TABLE t ENABLE TRIGGER ALL`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "disable_trigger",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Disabled triggers let rows in that foreign keys and triggers would refuse, and block writes while switched",
    },
    hazardous: &["ALTER TABLE t DISABLE TRIGGER ALL", "ALTER TABLE t DISABLE TRIGGER audit"],
    safe: &["ALTER TABLE t ENABLE TRIGGER ALL"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::DisableTrigger { trigger } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let named = trigger.as_ref().map_or_else(|| "all triggers".to_owned(), |trigger| format!("trigger {trigger}"));
    let which = trigger.as_ref().map_or_else(|| "ALL".to_owned(), |trigger| quote_ident(trigger));
    let fix = Fix::sql(FixKind::Migration, [format!("ALTER TABLE {table} ENABLE TRIGGER {which}")])
        .undo([format!("ALTER TABLE {table} DISABLE TRIGGER {which}")])
        .lock(Lock::ShareRowExclusive.name())
        .transactional()
        .notes("For a bulk load use `SET LOCAL session_replication_role = replica` in its transaction: it touches no other session.");
    let title = format!("DISABLE TRIGGER switches off {named} of {table} for every session");
    let severity = if trigger.is_none() { Severity::High } else { RULE.rule.severity };
    let finding = site.blocking(&RULE, site.table_object(table), Lock::ShareRowExclusive, Work::Catalog, table, title);
    Some(finding.severity(severity).why("Rows that other sessions write meanwhile escape the triggers, foreign keys among them, and are never checked later.").fix(fix))
}
