//! Rows are misjudged and no particular reason shows.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::{quote_identifier, quote_name},
    misestimate::{self, Cause, Misestimate},
};
use crate::{
    insight::{Insight, Scope, thousandths},
    label,
};

pub(crate) const RULE: Rule = Rule {
    id: "row_misestimate",
    group: "plans",
    severity: Severity::Medium,
    summary: "The planner misjudges rows by a factor of ten or more and plans for the wrong amount",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900.00 rows=40 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=40 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: (status = 'open'::text)
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900.00 rows=2900 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=2900 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: (status = 'open'::text)
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    misestimate::of_cause(scope, Cause::Unknown).iter().map(|found| insight(scope, found)).collect()
}

fn insight(scope: &Scope<'_>, found: &Misestimate<'_>) -> Insight {
    let node = found.node;
    let name = node.relation.as_ref().map(|_| scope.relation_name(node));
    let columns: Vec<String> = misestimate::conjuncts(node).into_iter().filter_map(|part| part.column).collect();
    let object = if name.is_some() { scope.table(node, columns.clone()) } else { scope.query() };
    let title = format!("{}: the planner {}: {}", label::label(node), found.describe(), found.stake.describe());
    let fix = match (name, columns.first()) {
        (Some(table), Some(column)) => {
            let (quoted, column) = (quote_name(&table), quote_identifier(column));
            Fix::sql(
                FixKind::Analyze,
                [
                    format!("ALTER TABLE {quoted} ALTER COLUMN {column} SET STATISTICS 1000"),
                    format!("ANALYZE {quoted}"),
                ],
            )
            .undo([format!("ALTER TABLE {quoted} ALTER COLUMN {column} SET STATISTICS -1")])
            .lock("ShareUpdateExclusiveLock")
            .transactional()
            .notes("A larger sample sees rarer values. Check the estimate afterwards; if it is still wrong, set n_distinct by hand.")
        }
        (Some(table), None) => Fix::sql(FixKind::Analyze, [format!("ANALYZE {}", quote_name(&table))])
            .lock("ShareUpdateExclusiveLock")
            .transactional(),
        (None, _) => Fix::advice(FixKind::RewriteQuery, "The planner has no statistics for this step: bound it with LIMIT, or compute it into a temporary table and ANALYZE that."),
    };
    scope
        .insight(&RULE, node, object, found.stake, title)
        .severity(found.severity())
        .rows(scope, "rows_expected", node.plan_rows)
        .rows(scope, "rows", node.rows_per_loop())
        .with(scope, "factor", thousandths(found.factor))
        .why("Join methods, join order and memory are chosen for the expected rows.")
        .fix(fix)
}
