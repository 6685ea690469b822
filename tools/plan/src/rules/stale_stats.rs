//! Rows are misjudged because the table changed since it was analysed.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::quote_name,
    misestimate::{self, Cause, Misestimate},
};
use crate::{
    insight::{Insight, Scope, thousandths},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "stale_stats",
    group: "plans",
    severity: Severity::Medium,
    summary: "Statistics are older than the data, so the planner misjudges rows",
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
    misestimate::of_cause(scope, Cause::Stale).iter().map(|found| insight(scope, found)).collect()
}

fn insight(scope: &Scope<'_>, found: &Misestimate<'_>) -> Insight {
    let node = found.node;
    let table = scope.relation_name(node);
    let object = scope.table(node, Vec::new());
    let facts = scope.context.relation(node);
    let changed = facts.and_then(|facts| facts.modified_since_analyze).unwrap_or_default();
    let state = if facts.and_then(|facts| facts.analyzed) == Some(false) {
        "was never analysed".to_owned()
    } else {
        format!("has {} changed rows since its last ANALYZE", grouped(changed))
    };
    let title = format!("{table} {state}: the planner {}: {}", found.describe(), found.stake.describe());
    let fix = Fix::sql(FixKind::Analyze, [format!("ANALYZE {}", quote_name(&table))])
        .lock("ShareUpdateExclusiveLock")
        .transactional()
        .notes("Reads a sample and runs beside reads and writes. Lower autovacuum_analyze_scale_factor for this table if it happens again.");
    scope
        .insight(&RULE, node, object, found.stake, title)
        .severity(found.severity())
        .rows(scope, "rows_expected", node.plan_rows)
        .rows(scope, "rows", node.rows_per_loop())
        .with(scope, "factor", thousandths(found.factor))
        .why("Plans are chosen from statistics; these describe the table as it was.")
        .fix(fix)
}
