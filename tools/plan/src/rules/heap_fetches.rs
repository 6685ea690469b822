//! An index-only scan visits the table all the same.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    node::count,
    rules::advice::quote_name,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "heap_fetches",
    group: "plans",
    severity: Severity::Medium,
    summary: "An index-only scan has to look rows up in the table because their pages are not marked all-visible",
};

pub(crate) const BAD: &str = "
Index Only Scan using items_order on items  (cost=0.42..900.00 rows=60000 width=4) (actual time=0.05..70.0 rows=60000 loops=1)
  Index Cond: (order_id < 9000)
  Heap Fetches: 58000
Execution Time: 71.0 ms";

pub(crate) const GOOD: &str = "
Index Only Scan using items_order on items  (cost=0.42..900.00 rows=60000 width=4) (actual time=0.05..7.0 rows=60000 loops=1)
  Index Cond: (order_id < 9000)
  Heap Fetches: 58
Execution Time: 8.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::IndexOnlyScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let fetches = node.heap_fetches?;
    let stake = scope.own(node);
    if fetches < 1000 || count(fetches) < 0.1 * node.rows() || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "Index Only Scan on {table} fetches {} rows from the table for {} found: {}",
        grouped(count(fetches)),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .with(scope, "heap_fetches", fetches)
            .rows(scope, "rows", node.rows())
            .with(scope, "shared_pages", node.own.touched())
            .why("VACUUM marks pages all-visible; rows on other pages must be looked up in the table.")
            .fix(
                Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {}", quote_name(&table))])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("Runs beside reads and writes. If the table changes a lot, lower its autovacuum_vacuum_scale_factor (and autovacuum_vacuum_insert_scale_factor) so that it stays vacuumed; an old transaction keeps pages from being marked."),
            ),
    )
}
