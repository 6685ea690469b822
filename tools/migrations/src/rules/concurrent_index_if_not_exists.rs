//! CREATE INDEX CONCURRENTLY IF NOT EXISTS is satisfied by the invalid index that a failed attempt left
//!
//! Fires on `CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)`; safe: `CREATE INDEX CONCURRENTLY i ON t (a)`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::Operation;
use crate::rewrite;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "concurrent_index_if_not_exists",
        group: "migrations",
        severity: Severity::Low,
        summary: "CREATE INDEX CONCURRENTLY IF NOT EXISTS is satisfied by the invalid index that a failed attempt left",
    },
    hazardous: &["CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)"],
    safe: &[
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::CreateIndex(index) = site.operation else { return None };
    let name = index.effective_name();
    if !(index.concurrently && index.if_not_exists) || site.state.index_dropped(&name) {
        return None;
    }
    let table = &index.table;
    let there = site.context.index(&table.sibling(&name)).map(|(_, facts)| facts);
    let (severity, title) = match there {
        Some(facts) if !facts.valid => (
            Severity::High,
            format!(
                "Index {name} exists and is invalid: IF NOT EXISTS skips it and {table} stays without a usable index"
            ),
        ),
        Some(_) => return None,
        None => (
            Severity::Low,
            format!("IF NOT EXISTS would accept an invalid {name} that a failed attempt left on {table}"),
        ),
    };
    let drop = rewrite::drop_concurrently(table, &name);
    let fix = Fix::sql(FixKind::Migration, [drop.clone(), rewrite::concurrently(index).replace(" IF NOT EXISTS", "")])
        .undo([drop])
        .lock(Lock::ShareUpdateExclusive.name())
        .notes(
            "Outside a transaction. SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid lists leftovers.",
        );
    Some(
        site.finding(&RULE, Object::new(ObjectKind::Index, table.sibling(&name).sql()), title)
            .severity(severity)
            .fix(fix),
    )
}
