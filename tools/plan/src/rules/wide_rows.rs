//! The result, or what is carried through the plan, is wide.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind,
    insight::{Insight, Scope},
    node::count,
    units::{grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "wide_rows",
    group: "plans",
    severity: Severity::Low,
    summary: "Rows of a kilobyte or more, or ten megabytes of result, are carried to the client",
};

pub(crate) const BAD: &str = "
Sort  (cost=9000.00..9500.00 rows=20000 width=1480) (actual time=150.0..190.0 rows=20000 loops=1)
  Sort Key: created_at
  Sort Method: external merge  Disk: 30240kB
  ->  Seq Scan on documents  (cost=0.00..5000.00 rows=20000 width=1480) (actual time=0.02..40.0 rows=20000 loops=1)
Execution Time: 200.0 ms";

pub(crate) const GOOD: &str = "
Sort  (cost=9000.00..9500.00 rows=20000 width=48) (actual time=150.0..190.0 rows=20000 loops=1)
  Sort Key: created_at
  Sort Method: quicksort  Memory: 2240kB
  ->  Seq Scan on documents  (cost=0.00..5000.00 rows=20000 width=48) (actual time=0.02..40.0 rows=20000 loops=1)
Execution Time: 200.0 ms";

/// Bytes of a wide row.
const WIDE: u64 = 1000;
/// Bytes of a large result.
const LARGE: f64 = 10.0 * 1024.0 * 1024.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let root = scope.plan.root();
    if !scope.plan.is_executed() || root.kind == Kind::ModifyTable {
        return None;
    }
    let bytes = root.rows() * count(root.width);
    if bytes < LARGE || (root.width < WIDE && root.rows() < 100_000.0) {
        return None;
    }
    // What carries the rows: every node that must hold them before it gives them on.
    let stake = scope
        .live()
        .filter(|node| matches!(node.kind, Kind::Sort | Kind::Materialize | Kind::WindowAgg | Kind::Unique | Kind::GatherMerge))
        .filter(|node| node.id != root.id && node.width >= WIDE / 4)
        .map(|node| scope.own(node))
        .fold(scope.own(root), |sum, stake| sum.plus(stake));
    if !stake.is_worth() {
        return None;
    }
    let kb = kilobytes(bytes);
    let title = format!(
        "The result has {} rows of about {} bytes, {} in all: {} carrying them",
        grouped(root.rows()),
        root.width,
        size_kb(kb),
        stake.describe()
    );
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .severity(Severity::Low)
            .rows(scope, "rows", root.rows())
            .with(scope, "row_bytes", root.width)
            .why("Sorts, joins and the network move every selected column; EXPLAIN neither sends the rows nor, before PostgreSQL 17's SERIALIZE, unpacks long values, so the client waits longer than this plan says.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Select only the columns that are used, sort by key first and fetch the wide columns for the page that is shown, or limit the rows.",
            )),
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size in kB, never negative")]
fn kilobytes(bytes: f64) -> u64 {
    (bytes / 1024.0) as u64
}
