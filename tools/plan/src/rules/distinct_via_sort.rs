//! DISTINCT throws away what a join multiplied.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::duplicates;
use crate::{
    Node,
    insight::{Insight, Scope},
    units::{factor, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "distinct_via_sort",
    group: "plans",
    severity: Severity::Medium,
    summary: "A join multiplies rows and DISTINCT removes nine of ten again",
};

pub(crate) const BAD: &str = "
Unique  (cost=30000.00..31000.00 rows=2000 width=8) (actual time=300.0..390.0 rows=2000 loops=1)
  ->  Sort  (cost=30000.00..30500.00 rows=200000 width=8) (actual time=300.0..340.0 rows=200000 loops=1)
        Sort Key: c.id
        Sort Method: quicksort  Memory: 14000kB
        ->  Hash Join  (cost=60.00..9000.00 rows=200000 width=8) (actual time=1.0..120.0 rows=200000 loops=1)
              Hash Cond: (o.customer_id = c.id)
              ->  Seq Scan on orders o  (cost=0.00..5000.00 rows=200000 width=8) (actual time=0.02..40.0 rows=200000 loops=1)
              ->  Hash  (cost=35.00..35.00 rows=2000 width=8) (actual time=0.8..0.8 rows=2000 loops=1)
                    ->  Seq Scan on customers c  (cost=0.00..35.00 rows=2000 width=8) (actual time=0.01..0.4 rows=2000 loops=1)
Execution Time: 391.0 ms";

/// Without a join there is nothing that EXISTS could replace.
pub(crate) const GOOD: &str = "
Unique  (cost=30000.00..31000.00 rows=2000 width=8) (actual time=300.0..390.0 rows=2000 loops=1)
  ->  Sort  (cost=30000.00..30500.00 rows=200000 width=8) (actual time=300.0..340.0 rows=200000 loops=1)
        Sort Key: o.customer_id
        Sort Method: quicksort  Memory: 14000kB
        ->  Seq Scan on orders o  (cost=0.00..5000.00 rows=200000 width=8) (actual time=0.02..40.0 rows=200000 loops=1)
Execution Time: 391.0 ms";

/// Rows in for a row out.
const LEAST_RATIO: f64 = 10.0;
/// Rows in.
const LEAST_ROWS: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    duplicates::outermost(scope).filter_map(|node| insight(scope, node)).collect()
}

fn insight<'a>(scope: &Scope<'a>, node: &'a Node) -> Option<Insight> {
    let (input, stake) = duplicates::input(scope, node)?;
    let (rows, kept) = (input.rows(), node.rows().max(1.0));
    let is_fan_out = input.kind.is_join()
        && !matches!(input.join_type.as_deref(), Some("Semi" | "Anti" | "Right Semi" | "Right Anti"))
        && scope.plan.children(input).all(|side| side.rows() < rows * 2.0);
    let stake = stake.plus(scope.own(input));
    if !is_fan_out || rows < LEAST_ROWS || rows / kept < LEAST_RATIO || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "DISTINCT keeps {} of {} rows that a join made, one of {}: {}",
        grouped(kept),
        grouped(rows),
        factor(rows / kept),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows_in", rows)
            .rows(scope, "rows_out", kept)
            .why("The join is there to ask whether a row exists; it finds all of them, and DISTINCT sorts or hashes them away.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Replace the joined table by WHERE EXISTS (SELECT … ) if none of its columns is selected; else group it by the join key before joining.",
            )),
    )
}
