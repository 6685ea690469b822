//! Measuring took part of what was measured.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    insight::{Insight, Scope},
    node::count,
    units::short,
};

pub(crate) const RULE: Rule = Rule {
    id: "timing_overhead",
    group: "plans",
    severity: Severity::Info,
    summary: "Ten million clock readings: EXPLAIN ANALYZE itself is a visible part of the times",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900000.00 rows=6000000 width=16) (actual time=0.1..9000.0 rows=6000000 loops=1)
  ->  Seq Scan on items i  (cost=0.00..90000.00 rows=6000000 width=8) (actual time=0.02..900.0 rows=6000000 loops=1)
  ->  Index Only Scan using orders_pkey on orders o  (cost=0.42..0.50 rows=1 width=8) (actual time=0.001..0.001 rows=1 loops=6000000)
        Index Cond: (id = i.order_id)
        Heap Fetches: 0
Execution Time: 9500.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900000.00 rows=60000 width=16) (actual time=0.1..900.0 rows=60000 loops=1)
  ->  Seq Scan on items i  (cost=0.00..90000.00 rows=60000 width=8) (actual time=0.02..90.0 rows=60000 loops=1)
  ->  Index Only Scan using orders_pkey on orders o  (cost=0.42..0.50 rows=1 width=8) (actual time=0.001..0.001 rows=1 loops=60000)
        Index Cond: (id = i.order_id)
        Heap Fetches: 0
Execution Time: 950.0 ms";

/// Calls of a node's timer: two for each row it gives, and one for each loop's end.
const LEAST_READINGS: f64 = 10_000_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    if !scope.plan.is_timed() {
        return None;
    }
    let readings: f64 = scope.live().map(|node| 2.0 * (node.rows() + count(node.loops()))).sum();
    if readings < LEAST_READINGS {
        return None;
    }
    let stake = scope.stake(scope.plan.elapsed_ms()?, 0.0);
    let title = format!("About {} clock readings were made to time this plan: its milliseconds are too high", short(readings));
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .severity(Severity::Info)
            .rows(scope, "clock_readings", readings)
            .why("Each row of each node costs two readings of the clock, 20 to 50 ns each where the clock is fast and many times that in some virtual machines (pg_test_timing tells).")
            .fix(Fix::advice(
                FixKind::None,
                "Use EXPLAIN (ANALYZE, TIMING OFF, BUFFERS) for the total, and trust rows and buffers over milliseconds.",
            )),
    )
}
