//! LIMIT walks an index in order, hoping to meet matching rows soon.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "limit_wrong_index",
    group: "plans",
    severity: Severity::High,
    summary: "LIMIT made the planner walk an index in sort order and throw rows away until enough match",
};

pub(crate) const BAD: &str = "
Limit  (cost=0.42..90.00 rows=10 width=40) (actual time=300.0..310.0 rows=10 loops=1)
  ->  Index Scan using messages_created on messages  (cost=0.42..90000.00 rows=10000 width=40) (actual time=300.0..310.0 rows=10 loops=1)
        Filter: (thread_id = 17)
        Rows Removed by Filter: 880171
Execution Time: 310.2 ms";

pub(crate) const GOOD: &str = "
Limit  (cost=0.42..90.00 rows=10 width=40) (actual time=3.0..3.1 rows=10 loops=1)
  ->  Index Scan using messages_created on messages  (cost=0.42..90000.00 rows=10000 width=40) (actual time=3.0..3.1 rows=10 loops=1)
        Filter: (thread_id = 17)
        Rows Removed by Filter: 171
Execution Time: 3.2 ms";

/// Rows that must be thrown away.
const LEAST_REMOVED: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::IndexScan | Kind::IndexOnlyScan))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let filter = node.filter()?;
    let limit = scope
        .plan
        .ancestors(node)
        .take_while(|above| !above.kind.is_blocking() && above.kind != Kind::Aggregate)
        .find(|above| above.kind == Kind::Limit)?;
    let removed = node.removed.filter * advice::loops(node);
    let stake = scope.own(node);
    if removed < LEAST_REMOVED || removed < 100.0 * limit.rows().max(1.0) || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let index = node.index.clone().unwrap_or_default();
    let mut columns = Predicate::parse(filter).index_columns();
    if let Some(known) = scope.context.relation(node).and_then(|facts| facts.indexes.iter().find(|known| known.name == index)) {
        columns.extend(known.columns.iter().filter(|column| !column.is_empty()).cloned());
        columns.dedup();
    }
    let title = format!(
        "LIMIT walks {index} in order and throws {} rows of {table} away to find {}: {}",
        grouped(removed),
        grouped(limit.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, columns.clone()), stake, title)
            .rows(scope, "rows_removed", removed)
            .rows(scope, "rows", limit.rows())
            .with(scope, "index", index)
            .with(scope, "filter", filter)
            .why("The planner assumes that matching rows are spread evenly over the sort order; here they are not, or there are few.")
            .fix(advice::index(
                &table,
                &columns,
                "Index the filter's equality columns first, then the sort column. Until then, sorting by an expression (ORDER BY column + 0) keeps the planner off this index.",
            )),
    )
}
