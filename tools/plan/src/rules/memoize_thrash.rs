//! A Memoize cache hardly ever has what is asked.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "memoize_thrash",
    group: "plans",
    severity: Severity::Low,
    summary: "Memoize keeps a cache that misses four times of five",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900.00 rows=40000 width=40) (actual time=0.1..400.0 rows=40000 loops=1)
  ->  Seq Scan on items i  (cost=0.00..400.00 rows=40000 width=20) (actual time=0.02..20.0 rows=40000 loops=1)
  ->  Memoize  (cost=0.42..9.00 rows=1 width=20) (actual time=0.005..0.006 rows=1 loops=40000)
        Cache Key: i.order_id
        Cache Mode: logical
        Hits: 2000  Misses: 38000  Evictions: 37000  Overflows: 0  Memory Usage: 65kB
        ->  Index Scan using orders_pkey on orders o  (cost=0.42..9.00 rows=1 width=20) (actual time=0.003..0.004 rows=1 loops=38000)
              Index Cond: (id = i.order_id)
Execution Time: 405.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900.00 rows=40000 width=40) (actual time=0.1..400.0 rows=40000 loops=1)
  ->  Seq Scan on items i  (cost=0.00..400.00 rows=40000 width=20) (actual time=0.02..20.0 rows=40000 loops=1)
  ->  Memoize  (cost=0.42..9.00 rows=1 width=20) (actual time=0.005..0.006 rows=1 loops=40000)
        Cache Key: i.order_id
        Cache Mode: logical
        Hits: 38000  Misses: 2000  Evictions: 0  Overflows: 0  Memory Usage: 65kB
        ->  Index Scan using orders_pkey on orders o  (cost=0.42..9.00 rows=1 width=20) (actual time=0.003..0.004 rows=1 loops=2000)
              Index Cond: (id = i.order_id)
Execution Time: 405.0 ms";

/// Share of look-ups that must miss.
const LEAST_MISSES: f64 = 0.8;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Memoize).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let cache = node.memoize?;
    let lookups = cache.hits + cache.misses;
    let stake = scope.whole(node);
    let missing = count(cache.misses) >= LEAST_MISSES * count(lookups);
    if lookups < 1000 || !missing || cache.evictions + cache.overflows == 0 || !stake.is_worth() {
        return None;
    }
    let title = format!(
        "Memoize on {} misses {} of {} look-ups and evicts {}: {}",
        node.cache_key.as_deref().unwrap_or_default(),
        grouped(count(cache.misses)),
        grouped(count(lookups)),
        grouped(count(cache.evictions)),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .severity(Severity::Low)
            .with(scope, "cache_hits", cache.hits)
            .with(scope, "cache_misses", cache.misses)
            .with(scope, "cache_evictions", cache.evictions)
            .with(scope, "peak_memory_kb", cache.peak_kb)
            .why("The planner expected the same keys to come again while they are cached; they come too late or not at all.")
            .fix(
                Fix::sql(FixKind::SetOption, ["SET enable_memoize = off"])
                    .undo(["RESET enable_memoize"])
                    .transactional()
                    .notes("For this statement, to compare. A larger work_mem keeps more keys; a wrong n_distinct of the key makes the planner choose this."),
            ),
    )
}
