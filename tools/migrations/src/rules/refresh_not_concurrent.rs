//! REFRESH MATERIALIZED VIEW without CONCURRENTLY blocks its readers until the query has run
//!
//! Fires on `REFRESH MATERIALIZED VIEW v`; safe: `REFRESH MATERIALIZED VIEW CONCURRENTLY v`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "refresh_not_concurrent",
        group: "migrations",
        severity: Severity::Medium,
        summary: "REFRESH MATERIALIZED VIEW without CONCURRENTLY blocks its readers until the query has run",
    },
    hazardous: &["REFRESH MATERIALIZED VIEW v"],
    safe: &[
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; REFRESH MATERIALIZED VIEW v",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::RefreshView { view, concurrently: false } = site.operation else { return None };
    if !site.in_use(view) {
        return None;
    }
    let fix = Fix::sql(FixKind::Migration, [format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {view}")])
        .lock(Lock::Exclusive.name())
        .notes("Needs a unique index on plain columns of the view, covering all rows.");
    let title = format!("REFRESH MATERIALIZED VIEW {} blocks its readers until the query has run", site.sized(view));
    let finding = site.blocking(&RULE, site.table_object(view), Lock::AccessExclusive, Work::Rewrite, view, title);
    Some(finding.fix(fix))
}
