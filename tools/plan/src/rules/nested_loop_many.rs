//! A nested loop runs its inner side far more often than planned, or dearly.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope, thousandths},
    label,
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "nested_loop_many",
    group: "plans",
    severity: Severity::Medium,
    summary: "A nested loop repeats its inner side thousands of times",
};

/// Foreseen, but each turn reads forty pages. (Where the outer side was misjudged, that finding
/// tells of the loop.)
pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900.00 rows=30000 width=40) (actual time=0.1..400.0 rows=30000 loops=1)
  Buffers: shared hit=1200300
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=30000 width=20) (actual time=0.02..20.0 rows=30000 loops=1)
        Buffers: shared hit=300
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=30000)
        Index Cond: (order_id = o.id)
        Buffers: shared hit=1200000
Execution Time: 405.0 ms";

/// The planner knew what it chose, and each turn is cheap.
pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900.00 rows=30000 width=40) (actual time=0.1..400.0 rows=30000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=30000 width=20) (actual time=0.02..20.0 rows=30000 loops=1)
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=30000)
        Index Cond: (order_id = o.id)
Execution Time: 405.0 ms";

/// Loops from which it counts.
const LEAST_LOOPS: u64 = 1000;
/// Share of the statement that the inner side must take.
const LEAST_SHARE: f64 = 0.5;
/// Pages a loop from which a lookup is not a lookup any more.
const DEAR_PAGES: f64 = 30.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::NestedLoop).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let mut sides = scope.plan.children(node).filter(|child| child.subplan_name.is_none());
    let (outer, inner) = (sides.next()?, sides.next()?);
    let stake = scope.whole(inner);
    if inner.loops() < LEAST_LOOPS || stake.share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    // A loop that the planner foresaw and whose turns are cheap is a good plan.
    let surprised = outer.q_error.is_some_and(|q| q >= 10.0) && outer.rows_per_loop() > outer.plan_rows;
    let pages_a_loop = count(inner.buffers.touched()) / count(inner.loops());
    if !surprised && pages_a_loop < DEAR_PAGES {
        return None;
    }
    let title = format!(
        "Nested loop runs {} {} times (outer side expected {} rows, gave {}): {}",
        label::label(inner),
        grouped(count(inner.loops())),
        grouped(outer.plan_rows),
        grouped(outer.rows_per_loop()),
        stake.describe()
    );
    let fix = if surprised {
        Fix::advice(
            FixKind::Analyze,
            "Correct the estimate of the outer side (see its finding): the planner then chooses a hash join by itself.",
        )
    } else {
        Fix::advice(
            FixKind::CreateIndex,
            "Each turn reads many pages: an index that fits the inner side's whole condition makes a turn cheap.",
        )
    };
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "inner_loops", inner.loops())
            .rows(scope, "outer_rows_expected", outer.plan_rows)
            .rows(scope, "outer_rows", outer.rows_per_loop())
            .with(scope, "pages_per_loop", thousandths(pages_a_loop))
            .why("A nested loop pays for its inner side once for each outer row.")
            .fix(fix),
    )
}
