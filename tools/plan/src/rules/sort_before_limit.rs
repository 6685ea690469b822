//! Many rows are sorted to keep the first few.

use dbwright_finding::{Rule, Severity};

use super::{
    advice,
    sort_avoidable::{key_columns, scan_below},
};
use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::{cut, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "sort_before_limit",
    group: "plans",
    severity: Severity::Medium,
    summary: "A top-N sort reads every row although only the first few are wanted",
};

pub(crate) const BAD: &str = "
Limit  (cost=9000.00..9000.10 rows=10 width=80) (actual time=50.0..50.0 rows=10 loops=1)
  ->  Sort  (cost=9000.00..9500.00 rows=200000 width=80) (actual time=50.0..50.0 rows=10 loops=1)
        Sort Key: total, city
        Sort Method: top-N heapsort  Memory: 26kB
        ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 50.1 ms";

pub(crate) const GOOD: &str = "
Limit  (cost=9000.00..9000.10 rows=10 width=80) (actual time=5.0..5.0 rows=10 loops=1)
  ->  Sort  (cost=9000.00..9500.00 rows=2000 width=80) (actual time=5.0..5.0 rows=10 loops=1)
        Sort Key: total, city
        Sort Method: top-N heapsort  Memory: 26kB
        ->  Seq Scan on orders  (cost=0.00..5000.00 rows=2000 width=80) (actual time=0.02..2.0 rows=2000 loops=1)
Execution Time: 5.1 ms";

/// Rows that must be sorted.
const LEAST_ROWS: f64 = 100_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Sort).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let limited = scope
        .plan
        .ancestors(node)
        .take_while(|above| matches!(above.kind, Kind::Limit | Kind::Gather | Kind::GatherMerge | Kind::Result))
        .any(|above| above.kind == Kind::Limit);
    if !limited {
        return None;
    }
    let input = scope.plan.children(node).next()?;
    let scan = scan_below(scope.plan, node)?;
    let columns = key_columns(node)?;
    let stake = scope.own(node).plus(scope.whole(input));
    if input.rows() < LEAST_ROWS || !stake.is_worth() {
        return None;
    }
    let mut indexed = scan
        .filter()
        .map(Predicate::parse)
        .map(|filter| filter.conjuncts.into_iter().filter(|part| part.is_equality()).filter_map(|part| part.column).collect())
        .unwrap_or_else(Vec::new);
    indexed.extend(columns.clone());
    indexed.dedup();
    let table = scope.relation_name(scan);
    let title = format!(
        "{} rows of {table} are sorted by {} to keep the first {}: {}",
        grouped(input.rows()),
        cut(&columns.join(", "), 80),
        grouped(node.rows_per_loop()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(scan, indexed.clone()), stake, title)
            .rows(scope, "rows_sorted", input.rows())
            .rows(scope, "rows", node.rows())
            .with(scope, "sort_key", node.sort_key.join(", "))
            .why("An index in this order gives the first rows at once and stops.")
            .fix(advice::index(&table, &indexed, "Index the filter's equality columns, then the sort key in its order.")),
    )
}
