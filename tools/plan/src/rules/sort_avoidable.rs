//! A sort dominates whose keys are columns of one table.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node, Plan, Predicate,
    insight::{Insight, Scope},
    units::{cut, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "sort_avoidable",
    group: "plans",
    severity: Severity::Low,
    summary: "Most of the time goes into a sort that an index in that order could save",
};

pub(crate) const BAD: &str = "
Sort  (cost=9000.00..9500.00 rows=200000 width=80) (actual time=150.0..190.0 rows=200000 loops=1)
  Sort Key: total DESC
  Sort Method: quicksort  Memory: 38240kB
  ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 200.0 ms";

/// No ordinary index has this order.
pub(crate) const GOOD: &str = "
Sort  (cost=9000.00..9500.00 rows=200000 width=80) (actual time=150.0..190.0 rows=200000 loops=1)
  Sort Key: (lower(name)), total DESC
  Sort Method: quicksort  Memory: 38240kB
  ->  Seq Scan on orders  (cost=0.00..5000.00 rows=200000 width=80) (actual time=0.02..20.0 rows=200000 loops=1)
Execution Time: 200.0 ms";

/// Share of the statement that the sort must take.
const LEAST_SHARE: f64 = 0.3;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope
        .live()
        .filter(|node| matches!(node.kind, Kind::Sort | Kind::IncrementalSort))
        .filter_map(|node| insight(scope, node))
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let under_limit = scope.plan.parent(node).is_some_and(|parent| parent.kind == Kind::Limit);
    let scan = scan_below(scope.plan, node)?;
    let columns = key_columns(node)?;
    let stake = scope.own(node);
    if under_limit || stake.share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(scan);
    let title = format!(
        "Sort of {} rows of {table} by {}: {}",
        grouped(node.rows()),
        cut(&columns.join(", "), 80),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(scan, columns.clone()), stake, title)
            .rows(scope, "rows", node.rows())
            .with(scope, "sort_key", node.sort_key.join(", "))
            .why("All rows come from one table, so an index in this order gives them sorted.")
            .fix(advice::index(&table, &columns, "An index in the sort order helps when few columns are read or rows lie in that order; it is not always faster.")),
    )
}

/// The scan whose rows are sorted, when nothing but Gather or a subquery stands between.
pub(super) fn scan_below<'a>(plan: &'a Plan, node: &'a Node) -> Option<&'a Node> {
    let mut below = plan.children(node).next()?;
    while matches!(below.kind, Kind::Gather | Kind::GatherMerge | Kind::SubqueryScan) {
        below = plan.children(below).next()?;
    }
    (below.kind.is_scan() && below.relation.is_some()).then_some(below)
}

/// The sort key's columns, when all are plain.
pub(super) fn key_columns(node: &Node) -> Option<Vec<String>> {
    node.sort_key
        .iter()
        .map(|key| {
            let bare = key.trim_end_matches(" NULLS FIRST").trim_end_matches(" NULLS LAST").trim_end_matches(" DESC");
            let part = Predicate::parse(bare).conjuncts.into_iter().next()?;
            part.column.clone().filter(|_| part.is_bare() && part.operator.is_empty())
        })
        .collect()
}
