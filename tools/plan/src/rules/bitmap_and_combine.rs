//! Two wide index scans are intersected for a narrow result.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "bitmap_and_combine",
    group: "plans",
    severity: Severity::Medium,
    summary: "Two large index scans are combined where one multicolumn index would do",
};

pub(crate) const BAD: &str = "
Bitmap Heap Scan on orders  (cost=36.00..900.00 rows=60 width=40) (actual time=30.0..31.0 rows=60 loops=1)
  Recheck Cond: ((city_id = 4) AND (status_id = 2))
  Heap Blocks: exact=60
  ->  BitmapAnd  (cost=36.00..36.00 rows=60 width=0) (actual time=29.0..29.0 rows=0 loops=1)
        ->  Bitmap Index Scan on orders_city  (cost=0.00..18.00 rows=9000 width=0) (actual time=14.0..14.0 rows=9000 loops=1)
              Index Cond: (city_id = 4)
        ->  Bitmap Index Scan on orders_status  (cost=0.00..18.00 rows=9000 width=0) (actual time=14.0..14.0 rows=9000 loops=1)
              Index Cond: (status_id = 2)
Execution Time: 31.2 ms";

pub(crate) const GOOD: &str = "
Bitmap Heap Scan on orders  (cost=36.00..900.00 rows=6000 width=40) (actual time=30.0..31.0 rows=6000 loops=1)
  Recheck Cond: ((city_id = 4) AND (status_id = 2))
  Heap Blocks: exact=60
  ->  BitmapAnd  (cost=36.00..36.00 rows=60 width=0) (actual time=29.0..29.0 rows=0 loops=1)
        ->  Bitmap Index Scan on orders_city  (cost=0.00..18.00 rows=9000 width=0) (actual time=14.0..14.0 rows=9000 loops=1)
              Index Cond: (city_id = 4)
        ->  Bitmap Index Scan on orders_status  (cost=0.00..18.00 rows=9000 width=0) (actual time=14.0..14.0 rows=9000 loops=1)
              Index Cond: (status_id = 2)
Execution Time: 31.2 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::BitmapAnd).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let heap = scope.plan.ancestors(node).find(|above| above.kind == Kind::BitmapHeapScan)?;
    let stake = scope.whole(node);
    let result = heap.rows().max(1.0);
    let inputs: Vec<&Node> = scope.plan.children(node).filter(|child| child.kind == Kind::BitmapIndexScan).collect();
    let wide = inputs.iter().filter(|input| input.rows() >= 10.0 * result).count();
    if wide < 2 || !stake.is_worth() {
        return None;
    }
    let mut columns: Vec<String> = inputs
        .iter()
        .filter_map(|input| input.condition(ConditionKind::IndexCond))
        .flat_map(|text| Predicate::parse(text).index_columns())
        .collect();
    columns.dedup();
    let read: f64 = inputs.iter().map(|input| input.rows()).sum();
    let names: Vec<&str> = inputs.iter().filter_map(|input| input.index.as_deref()).collect();
    let table = scope.relation_name(heap);
    let title = format!(
        "Indexes {} give {} entries for {} rows of {table}: {}",
        names.join(" and "),
        grouped(read),
        grouped(heap.rows()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(heap, columns.clone()), stake, title)
            .rows(scope, "index_entries", read)
            .rows(scope, "rows", heap.rows())
            .why("Each index is read for its own condition and the results are intersected in memory.")
            .fix(advice::index(&table, &columns, "One index on both columns reads only the rows that are wanted.")),
    )
}
