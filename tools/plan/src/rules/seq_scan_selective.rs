//! A whole table is read to keep a few rows.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope, scanned},
    node::count,
    units::{grouped, percent},
};

pub(crate) const RULE: Rule = Rule {
    id: "seq_scan_selective",
    group: "plans",
    severity: Severity::Medium,
    summary: "A sequential scan reads a whole table and throws 95 % or more of it away",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..9.50 rows=21 loops=1)
  Filter: (status = 'refunded'::text)
  Rows Removed by Filter: 99979
Execution Time: 9.520 ms";

/// Half of the rows are kept: an index would not help.
pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=50000 width=8) (actual time=0.02..9.50 rows=50021 loops=1)
  Filter: (status = 'paid'::text)
  Rows Removed by Filter: 49979
Execution Time: 12.520 ms";

/// Rows that must be looked at for an index to matter.
const LEAST_ROWS: f64 = 10_000.0;
/// Share of them that must be thrown away.
const LEAST_REMOVED: f64 = 0.95;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let (looked_at, kept) = selectivity(scope, node)?;
    let stake = scope.own(node);
    if !stake.is_worth() {
        return None;
    }
    let filter = node.filter()?;
    let columns = Predicate::parse(filter).index_columns();
    let table = scope.relation_name(node);
    let times = if node.loops() > 1 && node.processes < count(node.loops()) {
        format!(" in {} loops", grouped(count(node.loops())))
    } else {
        String::new()
    };
    let title = format!(
        "Seq Scan on {table} reads {} rows{times} to keep {} ({} thrown away): {}",
        grouped(looked_at),
        grouped(kept),
        percent(1.0 - kept / looked_at),
        stake.describe()
    );
    let why = if columns.is_empty() {
        "No part of the filter compares a plain column, so no ordinary index can serve it."
    } else {
        "An index on the filter's columns would lead straight to the rows that are kept."
    };
    Some(
        scope
            .insight(&RULE, node, scope.table(node, columns.clone()), stake, title)
            .rows(scope, "rows", kept)
            .rows(scope, "rows_removed", looked_at - kept)
            .with(scope, "shared_pages", node.own.touched())
            .with(scope, "filter", filter)
            .why(why)
            .fix(advice::index(&table, &columns, "Index the filter's columns, equalities first.")),
    )
}

/// Rows looked at and kept, when that is a selective scan of a large table.
pub(super) fn selectivity(scope: &Scope<'_>, node: &Node) -> Option<(f64, f64)> {
    node.filter()?;
    let (looked_at, kept) = if scope.plan.is_executed() {
        (scanned(node), node.rows())
    } else {
        (scope.context.relation(node)?.rows?, node.plan_rows)
    };
    (looked_at >= LEAST_ROWS && kept <= looked_at * (1.0 - LEAST_REMOVED)).then_some((looked_at, kept))
}
