//! A join's hash table did not fit in memory.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Kind, Node,
    insight::{Insight, Scope},
    units::{grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "hash_batches",
    group: "plans",
    severity: Severity::Medium,
    summary: "A hash join splits its inputs into batches and writes them to temporary files",
};

pub(crate) const BAD: &str = "
Hash Join  (cost=700.00..9000.00 rows=200000 width=40) (actual time=20.0..180.0 rows=200000 loops=1)
  Hash Cond: (o.customer_id = c.id)
  Buffers: shared hit=3500, temp read=1400 written=1400
  ->  Seq Scan on orders o  (cost=0.00..5000.00 rows=200000 width=40) (actual time=0.02..20.0 rows=200000 loops=1)
        Buffers: shared hit=3300
  ->  Hash  (cost=400.00..400.00 rows=2000 width=20) (actual time=19.0..19.0 rows=20000 loops=1)
        Buckets: 4096 (originally 4096)  Batches: 16 (originally 2)  Memory Usage: 177kB
        Buffers: shared hit=200, temp written=100
        ->  Seq Scan on customers c  (cost=0.00..400.00 rows=2000 width=20) (actual time=0.02..6.0 rows=20000 loops=1)
              Buffers: shared hit=200
Execution Time: 181.0 ms";

pub(crate) const GOOD: &str = "
Hash Join  (cost=700.00..9000.00 rows=200000 width=40) (actual time=20.0..80.0 rows=200000 loops=1)
  Hash Cond: (o.customer_id = c.id)
  ->  Seq Scan on orders o  (cost=0.00..5000.00 rows=200000 width=40) (actual time=0.02..20.0 rows=200000 loops=1)
  ->  Hash  (cost=400.00..400.00 rows=20000 width=20) (actual time=19.0..19.0 rows=20000 loops=1)
        Buckets: 32768  Batches: 1  Memory Usage: 1277kB
        ->  Seq Scan on customers c  (cost=0.00..400.00 rows=20000 width=20) (actual time=0.02..6.0 rows=20000 loops=1)
Execution Time: 81.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Hash).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let table = node.hash.filter(|table| table.batches > 1)?;
    let join = scope.plan.parent(node)?;
    let stake = scope.own(node).plus(scope.own(join));
    if !stake.is_worth() {
        return None;
    }
    let surprise = if table.batches > table.original_batches {
        format!(" (planned {})", table.original_batches)
    } else {
        String::new()
    };
    let title = format!(
        "Hash join splits {} rows into {} batches{surprise}, {} through temporary files: {}",
        grouped(node.rows()),
        table.batches,
        size_kb(advice::temp_kb(join).max(advice::temp_kb(node))),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "hash_batches", table.batches)
            .with(scope, "original_hash_batches", table.original_batches)
            .with(scope, "peak_memory_kb", table.peak_kb)
            .with(scope, "temp_pages", join.own.temp() + node.own.temp())
            .with(scope, "hash_cond", join.condition(ConditionKind::HashCond).unwrap_or_default())
            .rows(scope, "rows", node.rows())
            .why("Batches beyond the first are written out on both sides of the join and read back.")
            .fix(advice::work_mem(
                scope.plan,
                // Hash tables may use work_mem times hash_mem_multiplier (2 since PG 15), which
                // is left as the margin that an uneven spread needs.
                table.peak_kb * table.batches,
                "The table then fits in one batch; filter or project the hashed side first if you can.",
            )),
    )
}
