//! An index promises rows that a recheck then throws away.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Node,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "inefficient_index_recheck",
    group: "plans",
    severity: Severity::Medium,
    summary: "The index is lossy for this condition: rows it finds fail the recheck",
};

pub(crate) const BAD: &str = r#"
Bitmap Heap Scan on docs  (cost=36.00..900.00 rows=20 width=40) (actual time=5.0..60.0 rows=20 loops=1)
  Recheck Cond: (body @> '{"a": 1}'::jsonb)
  Rows Removed by Index Recheck: 30000
  Heap Blocks: exact=4000
  ->  Bitmap Index Scan on docs_body  (cost=0.00..36.00 rows=20 width=0) (actual time=4.0..4.0 rows=30020 loops=1)
        Index Cond: (body @> '{"a": 1}'::jsonb)
Execution Time: 60.2 ms"#;

pub(crate) const GOOD: &str = r#"
Bitmap Heap Scan on docs  (cost=36.00..900.00 rows=20 width=40) (actual time=5.0..60.0 rows=20000 loops=1)
  Recheck Cond: (body @> '{"a": 1}'::jsonb)
  Rows Removed by Index Recheck: 30
  Heap Blocks: exact=4000
  ->  Bitmap Index Scan on docs_body  (cost=0.00..36.00 rows=20 width=0) (actual time=4.0..4.0 rows=20030 loops=1)
        Index Cond: (body @> '{"a": 1}'::jsonb)
Execution Time: 60.2 ms"#;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.live().filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let removed = node.removed.index_recheck * advice::loops(node);
    let stake = scope.own(node);
    // Lossy pages are another problem: memory, not the operator class.
    if node.lossy_blocks > 0 || removed < 1000.0 || removed < 10.0 * node.rows().max(1.0) || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "The index on {table} promises {} rows and the recheck keeps {}: {}",
        grouped(node.rows() + removed),
        grouped(node.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .rows(scope, "rows_removed_by_recheck", removed)
            .with(scope, "recheck_cond", node.condition(ConditionKind::RecheckCond).unwrap_or_default())
            .why("The operator class keeps less than the condition asks, so each candidate is fetched and tested.")
            .fix(advice::index(
                &table,
                &[],
                "Use an operator class that fits the operator: jsonb_path_ops for @>, gin_trgm_ops only for patterns of three letters and more, or a b-tree on the one key that is asked for.",
            )),
    )
}
