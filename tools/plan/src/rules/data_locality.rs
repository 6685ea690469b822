//! Each row that an index finds lies on a page of its own.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    ConditionKind, Kind, Node, Predicate,
    insight::{Insight, Scope},
    node::count,
    units::{factor, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "data_locality",
    group: "plans",
    severity: Severity::Low,
    summary: "An index scan touches a page or more for each of thousands of rows",
};

pub(crate) const BAD: &str = "
Index Scan using orders_customer_idx on orders  (cost=0.43..9000.00 rows=4000 width=80) (actual time=0.05..24.0 rows=4100 loops=1)
  Index Cond: (customer_id = 17)
  Buffers: shared hit=4120
Execution Time: 24.2 ms";

pub(crate) const GOOD: &str = "
Index Scan using orders_customer_idx on orders  (cost=0.43..900.00 rows=4000 width=80) (actual time=0.05..4.0 rows=4100 loops=1)
  Index Cond: (customer_id = 17)
  Buffers: shared hit=160
Execution Time: 4.2 ms";

/// Rows from which the spread is worth a thought.
const LEAST_ROWS: f64 = 1000.0;
/// Correlation above which the table is in the index's order already.
const HIGH_CORRELATION: f64 = 0.9;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::IndexScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    // Rows that a filter threw away were fetched as well; then the filter is the problem.
    let rows = node.rows();
    let pages = count(node.own.touched());
    let stake = scope.own(node);
    // Many descents touch many pages by nature: one page a row is what a join by key costs.
    if node.loops() > 1 || rows < LEAST_ROWS || pages < rows || node.rows_removed() > rows || !stake.is_worth() {
        return None;
    }
    let columns = Predicate::parse(node.condition(ConditionKind::IndexCond)?).index_columns();
    let known = columns.first().and_then(|column| {
        scope.context.relation(node)?.columns.iter().find(|known| &known.name == column)?.correlation
    });
    if known.is_some_and(|correlation| correlation.abs() > HIGH_CORRELATION) {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "Index {} touches {} pages for {} rows of {table}, {} a row: {}",
        node.index.as_deref().unwrap_or("scan"),
        grouped(pages),
        grouped(rows),
        factor(pages / rows),
        stake.describe()
    );
    let mut insight = scope
        .insight(&RULE, node, scope.table(node, columns), stake, title)
        .severity(Severity::Low)
        .rows(scope, "rows", rows)
        .with(scope, "pages_touched", node.own.touched());
    if let Some(correlation) = known {
        insight = insight.with(scope, "correlation", correlation);
    }
    Some(insight.why("Rows with the same key lie scattered over the table, so that every one costs a page.").fix(
        Fix::advice(
            FixKind::CreateIndex,
            "An index that holds all columns the statement reads (INCLUDE) saves the table's pages; CLUSTER brings rows together once, under an exclusive lock, and new rows scatter again.",
        )
        .lock("ShareUpdateExclusiveLock"),
    ))
}
