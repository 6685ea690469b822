//! An index finds many rows that a filter then throws away.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "inefficient_index_filter",
    group: "plans",
    severity: Severity::Medium,
    summary: "An index scan fetches ten times the rows that its filter keeps",
};

pub(crate) const BAD: &str = "
Index Scan using orders_customer on orders  (cost=0.42..900.00 rows=30 width=8) (actual time=0.05..40.0 rows=30 loops=1)
  Index Cond: (customer_id = 7)
  Filter: (status = 'open'::text)
  Rows Removed by Filter: 20000
Execution Time: 40.2 ms";

pub(crate) const GOOD: &str = "
Index Scan using orders_customer on orders  (cost=0.42..900.00 rows=30 width=8) (actual time=0.05..40.0 rows=15000 loops=1)
  Index Cond: (customer_id = 7)
  Filter: (status = 'open'::text)
  Rows Removed by Filter: 5000
Execution Time: 40.2 ms";

/// Rows that must be thrown away.
const LEAST_REMOVED: f64 = 1000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::IndexScan | Kind::IndexOnlyScan | Kind::BitmapHeapScan))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let filter = node.filter()?;
    let removed = node.removed.filter * advice::loops(node);
    let stake = scope.own(node);
    if removed < LEAST_REMOVED || removed < 10.0 * node.rows().max(1.0) || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let wanted = Predicate::parse(filter).index_columns();
    let mut columns = index_condition(scope, node).map(|text| Predicate::parse(text).index_columns()).unwrap_or_default();
    columns.extend(wanted.clone());
    columns.dedup();
    let title = format!(
        "{} finds {} rows of {table} and the filter keeps {}: {}",
        node.index.as_ref().map_or_else(|| "The index".to_owned(), |index| format!("Index {index}")),
        grouped(node.rows() + removed),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, columns.clone()), stake, title)
            .rows(scope, "rows", node.rows())
            .rows(scope, "rows_removed", removed)
            .with(scope, "filter", filter)
            .why("Every row that the index promises is fetched from the table before the filter sees it.")
            .fix(advice::index(&table, &columns, "Extend the index by the filter's columns, or make it partial on the filter.")),
    )
}

/// The scan's own index condition, or that of the bitmap's only index.
fn index_condition<'a>(scope: &Scope<'a>, node: &'a Node) -> Option<&'a str> {
    node.condition(ConditionKind::IndexCond)
        .or_else(|| scope.plan.children(node).next().and_then(|child| child.condition(ConditionKind::IndexCond)))
}
