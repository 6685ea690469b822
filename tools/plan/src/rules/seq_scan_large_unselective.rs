//! A large table is read whole, only to be summed up.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::{grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "seq_scan_large_unselective",
    group: "plans",
    severity: Severity::Low,
    summary: "An aggregate reads a whole large table each time",
};

pub(crate) const BAD: &str = "
Aggregate  (cost=0.00..20000.00 rows=1 width=8) (actual time=900.0..900.0 rows=1 loops=1)
  Buffers: shared hit=100 read=20000
  ->  Seq Scan on orders  (cost=0.00..18000.00 rows=2000000 width=8) (actual time=0.02..600.0 rows=2000000 loops=1)
        Buffers: shared hit=100 read=20000
Execution Time: 900.5 ms";

/// Thirteen megabytes are not worth a word.
pub(crate) const GOOD: &str = "
Aggregate  (cost=0.00..20000.00 rows=1 width=8) (actual time=90.0..90.0 rows=1 loops=1)
  Buffers: shared hit=100 read=2000
  ->  Seq Scan on orders  (cost=0.00..18000.00 rows=200000 width=8) (actual time=0.02..60.0 rows=200000 loops=1)
        Buffers: shared hit=100 read=2000
Execution Time: 90.5 ms";

/// Heap pages from which a table counts as large: 100 MB.
const LEAST_PAGES: u64 = 12_800;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    // A join in between is about the join, not about the sum.
    let summed = scope
        .plan
        .ancestors(node)
        .take_while(|above| !above.kind.is_join())
        .any(|above| above.kind == Kind::Aggregate);
    let pages = if scope.plan.has_buffers {
        node.own.touched()
    } else {
        scope.context.relation(node)?.bytes? / 8192
    };
    let stake = scope.own(node);
    if node.filter().is_some() || !summed || pages < LEAST_PAGES || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "Aggregate reads all {} of {table} ({} rows): {}",
        size_kb(pages * 8),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .rows(scope, "rows", node.rows())
            .with(scope, "shared_pages", pages)
            .why("Without a filter there is nothing that an index could skip.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Keep the sum in a summary table or a materialized view, or add the range that is really asked for.",
            )),
    )
}
