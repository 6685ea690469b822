//! An UPDATE of a whole table locks every row until it commits and doubles the table
//!
//! Fires on `UPDATE t SET a = 1`; safe: `UPDATE t SET a = 1 WHERE id BETWEEN 1 AND 1000`.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::operation::Operation;
use crate::rewrite;
use crate::site::{HazardRule, Site};
use crate::size::{Work, scaled};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "unbatched_update",
        group: "migrations",
        severity: Severity::High,
        summary: "An UPDATE of a whole table locks every row until it commits and doubles the table",
    },
    hazardous: &["UPDATE t SET a = 1"],
    safe: &["UPDATE t SET a = 1 WHERE id BETWEEN 1 AND 1000", "CREATE TABLE t (a int); UPDATE t SET a = 1"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::Update { table, filtered: false, columns } = site.operation else { return None };
    if !site.in_use(table) {
        return None;
    }
    let assignments = assignments(site);
    let pending = columns.first().map_or_else(String::new, |column| format!("{} IS NULL", quote_ident(column)));
    let fix = Fix::sql(FixKind::Migration, [rewrite::backfill(table, &assignments, &pending)])
        .lock("RowExclusiveLock")
        .notes("Outside a transaction. The condition must pick the rows that are still to do; it is written for a new, empty column. Run VACUUM afterwards.");
    let title = format!(
        "UPDATE without WHERE locks every row of {} until it commits and leaves a dead copy of each",
        site.sized(table)
    );
    Some(
        site.finding(&RULE, site.table_object(table).columns(columns.clone()), title)
            .severity(scaled(RULE.rule.severity, Work::Rewrite, site.facts(table)))
            .evidence(Evidence::new("statement", "lock", "RowExclusiveLock"))
            .why("Other writers of those rows wait for the end of the transaction, replicas receive the whole table at once, vacuum can remove nothing meanwhile.")
            .fix(fix),
    )
}

/// The text between SET and what follows it.
fn assignments(site: &Site<'_>) -> String {
    let mut words = site.statement.text.char_indices().map(|(at, _)| at);
    let text = site.statement.text;
    let start = words.find(|at| {
        let head = text.get(..*at).unwrap_or_default();
        let rest = text.get(*at..).unwrap_or_default();
        head.ends_with(char::is_whitespace) && rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("set "))
    });
    start.and_then(|at| text.get(at + 4..)).unwrap_or_default().trim().to_owned()
}
