//! Rows are misjudged because conditions depend on each other.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::{quote_identifier, quote_name, statistics_name},
    misestimate::{self, Cause, Misestimate},
};
use crate::insight::{Insight, Scope, thousandths};

pub(crate) const RULE: Rule = Rule {
    id: "correlated_columns",
    group: "plans",
    severity: Severity::Medium,
    summary: "The planner multiplies the selectivities of columns that go together",
};

pub(crate) const BAD: &str = "
Nested Loop  (cost=0.42..900.00 rows=40 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=40 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: ((city = 'Paris'::text) AND (country = 'France'::text))
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) const GOOD: &str = "
Nested Loop  (cost=0.42..900.00 rows=2900 width=40) (actual time=0.1..40.0 rows=3000 loops=1)
  ->  Seq Scan on orders o  (cost=0.00..400.00 rows=2900 width=20) (actual time=0.02..20.0 rows=3000 loops=1)
        Filter: ((city = 'Paris'::text) AND (country = 'France'::text))
        Rows Removed by Filter: 20000
  ->  Index Scan using items_order on items i  (cost=0.42..9.00 rows=1 width=20) (actual time=0.01..0.012 rows=1 loops=3000)
        Index Cond: (order_id = o.id)
Execution Time: 45.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    misestimate::of_cause(scope, Cause::Correlated).iter().map(|found| insight(scope, found)).collect()
}

fn insight(scope: &Scope<'_>, found: &Misestimate<'_>) -> Insight {
    let node = found.node;
    let table = scope.relation_name(node);
    let columns = misestimate::equal_columns(&misestimate::conjuncts(node));
    let object = scope.table(node, columns.clone());
    let title = format!(
        "The planner {} for {} of {table}: {}",
        found.describe(),
        columns.join(" and "),
        found.stake.describe()
    );
    let name = statistics_name(&table, &columns);
    let quoted: Vec<String> = columns.iter().map(|column| quote_identifier(column)).collect();
    let fix = Fix::sql(
        FixKind::CreateStatistics,
        [
            format!("CREATE STATISTICS {name} (dependencies) ON {} FROM {}", quoted.join(", "), quote_name(&table)),
            format!("ANALYZE {}", quote_name(&table)),
        ],
    )
    .undo([format!("DROP STATISTICS {name}")])
    .lock("ShareUpdateExclusiveLock")
    .transactional()
    .notes("Dependencies alone: with an mcv list beside them the list wins and can be wrong where there are many combinations. Compare the estimate before and after.");
    scope
        .insight(&RULE, node, object, found.stake, title)
        .severity(found.severity())
        .rows(scope, "rows_expected", node.plan_rows)
        .rows(scope, "rows", node.rows_per_loop())
        .with(scope, "factor", thousandths(found.factor))
        .why("The planner takes conditions as independent and multiplies them; these columns go together.")
        .fix(fix)
}
