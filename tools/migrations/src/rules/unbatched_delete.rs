//! A DELETE of a whole table locks every row until it commits
//!
//! Fires on `DELETE FROM t`; safe: `DELETE FROM t WHERE id < 100`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Rule, Severity};

use crate::operation::Operation;
use crate::rewrite;
use crate::site::{HazardRule, Site};
use crate::size::{Work, scaled};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "unbatched_delete",
        group: "migrations",
        severity: Severity::High,
        summary: "A DELETE of a whole table locks every row until it commits",
    },
    hazardous: &["DELETE FROM t"],
    safe: &["DELETE FROM t WHERE id < 100", "CREATE TABLE t (a int); DELETE FROM t"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::Delete { table, filtered: false } = site.operation else { return None };
    if !site.in_use(table) {
        return None;
    }
    let batch = rewrite::batches("purge", table, &format!("DELETE FROM {table}"), None);
    let fix = Fix::sql(FixKind::Migration, [batch])
        .lock("RowExclusiveLock")
        .notes("Outside a transaction; add the condition that was meant, if one was.");
    let title = format!("DELETE without WHERE removes all rows of {} in one transaction", site.sized(table));
    Some(
        site.finding(&RULE, site.table_object(table), title)
            .severity(scaled(RULE.rule.severity, Work::Rewrite, site.facts(table)).max(Severity::Medium))
            .evidence(Evidence::new("statement", "lock", "RowExclusiveLock"))
            .why("A missing condition is the most common reason for such a statement; a wanted one holds every row lock to the end.")
            .fix(fix),
    )
}
