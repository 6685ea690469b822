//! Rows are misjudged because the condition wraps its column.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::{quote_name, statistics_name, unqualified},
    misestimate::{self, Cause, Misestimate},
};
use crate::insight::{Insight, Scope, thousandths};

pub(crate) const RULE: Rule = Rule {
    id: "expression_misestimate",
    group: "plans",
    severity: Severity::Medium,
    summary: "There are no statistics for an expression, so the planner guesses",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900.00 rows=40 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=40 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: (lower(status) = 'open'::text)
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900.00 rows=2900 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=2900 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: (lower(status) = 'open'::text)
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    misestimate::of_cause(scope, Cause::Expression).iter().map(|found| insight(scope, found)).collect()
}

fn insight(scope: &Scope<'_>, found: &Misestimate<'_>) -> Insight {
    let node = found.node;
    let table = scope.relation_name(node);
    let part = misestimate::conjuncts(node).into_iter().find(|part| part.column.is_some() && !part.is_bare());
    let left = part.as_ref().map(|part| part.left.clone()).unwrap_or_default();
    let column = part.and_then(|part| part.column).unwrap_or_default();
    let object = scope.table(node, vec![column.clone()]);
    let title =
        format!("The planner {} for {left} on {table}: {}", found.describe(), found.stake.describe());
    let name = statistics_name(&table, &[format!("{column}_expr")]);
    let expression = unqualified(&left, node.reference().unwrap_or_default());
    let fix = Fix::sql(
        FixKind::CreateStatistics,
        [
            format!("CREATE STATISTICS {name} ON ({expression}) FROM {}", quote_name(&table)),
            format!("ANALYZE {}", quote_name(&table)),
        ],
    )
    .undo([format!("DROP STATISTICS {name}")])
    .lock("ShareUpdateExclusiveLock")
    .transactional()
    .notes("Statistics on one expression need PG 14; before, an expression index gives them. Comparing the bare column is better still.");
    scope
        .insight(&RULE, node, object, found.stake, title)
        .severity(found.severity())
        .rows(scope, "rows_expected", node.plan_rows)
        .rows(scope, "rows", node.rows_per_loop())
        .with(scope, "factor", thousandths(found.factor))
        .why("Statistics describe columns; for an expression the planner falls back on a fixed guess (0.5 % for equality, a third for ranges).")
        .fix(fix)
}
