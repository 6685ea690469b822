//! A join's rows are misjudged although its inputs were not.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::misestimate::{self, Cause, Misestimate};
use crate::{
    ConditionKind,
    insight::{Insight, Scope, thousandths},
    label,
};

pub(crate) const RULE: Rule = Rule {
    id: "join_misestimate",
    group: "plans",
    severity: Severity::Low,
    summary: "The planner misjudges how many rows a join gives",
};

pub(crate) const BAD: &str = "
Sort  (cost=900.00..900.00 rows=40 width=40) (actual time=39.0..40.0 rows=30000 loops=1)
  Sort Key: o.id
  ->  Hash Join  (cost=0.42..900.00 rows=40 width=40) (actual time=0.1..30.0 rows=30000 loops=1)
        Hash Cond: (i.sku = o.sku)
        ->  Seq Scan on orders o  (cost=0.00..400.00 rows=3000 width=20) (actual time=0.02..10.0 rows=3000 loops=1)
        ->  Hash  (cost=9.00..9.00 rows=3000 width=20) (actual time=2.0..2.0 rows=3000 loops=1)
              ->  Seq Scan on items i  (cost=0.42..9.00 rows=3000 width=20) (actual time=0.01..1.0 rows=3000 loops=1)
Execution Time: 45.0 ms";

pub(crate) const GOOD: &str = "
Sort  (cost=900.00..900.00 rows=40000 width=40) (actual time=39.0..40.0 rows=30000 loops=1)
  Sort Key: o.id
  ->  Hash Join  (cost=0.42..900.00 rows=40000 width=40) (actual time=0.1..30.0 rows=30000 loops=1)
        Hash Cond: (i.sku = o.sku)
        ->  Seq Scan on orders o  (cost=0.00..400.00 rows=3000 width=20) (actual time=0.02..10.0 rows=3000 loops=1)
        ->  Hash  (cost=9.00..9.00 rows=3000 width=20) (actual time=2.0..2.0 rows=3000 loops=1)
              ->  Seq Scan on items i  (cost=0.42..9.00 rows=3000 width=20) (actual time=0.01..1.0 rows=3000 loops=1)
Execution Time: 45.0 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    misestimate::of_cause(scope, Cause::Join).iter().map(|found| insight(scope, found)).collect()
}

fn insight(scope: &Scope<'_>, found: &Misestimate<'_>) -> Insight {
    let node = found.node;
    let object = scope.query();
    let title = format!("{}: the planner {}: {}", label::label(node), found.describe(), found.stake.describe());
    let condition = [ConditionKind::HashCond, ConditionKind::MergeCond, ConditionKind::JoinFilter]
        .into_iter()
        .find_map(|kind| node.condition(kind))
        .unwrap_or_default();
    let fix = Fix::advice(
        FixKind::CreateStatistics,
        format!("Raise the statistics target of the joined columns {condition} and ANALYZE; declare the foreign key if there is one: the planner then knows that each row finds its partner."),
    );
    scope
        .insight(&RULE, node, object, found.stake, title)
        .severity(found.severity())
        .rows(scope, "rows_expected", node.plan_rows)
        .rows(scope, "rows", node.rows_per_loop())
        .with(scope, "factor", thousandths(found.factor))
        .why("Both inputs were judged right; how their keys meet was not.")
        .fix(fix)
}
