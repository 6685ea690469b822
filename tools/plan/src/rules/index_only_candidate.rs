//! An index scan visits the table for a column or two.

use dbwright_finding::{Rule, Severity};

use super::advice;
use crate::{
    ConditionKind, Kind, Node, Predicate,
    insight::{Insight, Scope},
    node::count,
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "index_only_candidate",
    group: "plans",
    severity: Severity::Low,
    summary: "A few more columns in the index would spare a table page for each row",
};

pub(crate) const BAD: &str = "
Index Scan using orders_customer on public.orders  (cost=0.42..900.00 rows=9000 width=12) (actual time=0.05..70.0 rows=9000 loops=1)
  Output: customer_id, total
  Index Cond: (orders.customer_id < 700)
  Buffers: shared hit=9100
Execution Time: 71.0 ms";

pub(crate) const GOOD: &str = "
Index Scan using orders_customer on public.orders  (cost=0.42..900.00 rows=9000 width=12) (actual time=0.05..7.0 rows=9000 loops=1)
  Output: customer_id, total
  Index Cond: (orders.customer_id < 700)
  Buffers: shared hit=150
Execution Time: 7.5 ms";

/// More columns than this make a copy of the table, not an index.
const MOST_COLUMNS: usize = 4;
/// Bytes a row beyond which the same holds.
const MOST_WIDTH: u64 = 64;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::IndexScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    // Output is only printed with VERBOSE; without it the needed columns are unknown.
    let mut needed: Vec<String> = Vec::new();
    for text in &node.output {
        let part = Predicate::parse(text).conjuncts.into_iter().next()?;
        let column = part.column.clone().filter(|_| part.is_bare() && part.operator.is_empty())?;
        needed.push(column);
    }
    let keys = node.condition(ConditionKind::IndexCond).map(|text| Predicate::parse(text).index_columns())?;
    let included: Vec<String> = needed.iter().filter(|column| !keys.contains(column)).cloned().collect();
    let stake = scope.own(node);
    let rows = node.rows();
    let fits = !included.is_empty() && needed.len() <= MOST_COLUMNS && node.width <= MOST_WIDTH;
    let page_a_row = count(node.own.touched()) >= 0.8 * rows;
    if !fits || node.filter().is_some() || rows < 1000.0 || !page_a_row || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "Index Scan on {table} touches {} pages for {} rows to read {}: {}",
        grouped(count(node.own.touched())),
        grouped(rows),
        included.join(", "),
        stake.describe()
    );
    let index = node.index.clone().unwrap_or_default();
    Some(
        scope
            .insight(&RULE, node, scope.table(node, included.clone()), stake, title)
            .rows(scope, "rows", rows)
            .with(scope, "shared_pages", node.own.touched())
            .with(scope, "index", index.clone())
            .why("Each row lies on another page of the table; an index that holds the columns is read instead.")
            .fix(advice::index(
                &table,
                &keys,
                &format!("Build the index with INCLUDE ({}) and drop {index} once it is unused.", included.join(", ")),
            )),
    )
}
