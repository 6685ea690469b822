//! `count(DISTINCT …)` sorts all rows inside the aggregate.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    node::count,
    units::{cut, grouped, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "count_distinct",
    group: "plans",
    severity: Severity::Medium,
    summary: "An aggregate with DISTINCT sorts its whole input inside itself, unseen and on disk",
};

pub(crate) const BAD: &str = "
Aggregate  (cost=20000.00..20000.01 rows=1 width=8) (actual time=900.0..900.0 rows=1 loops=1)
  Output: count(DISTINCT customer_id)
  Buffers: shared hit=9000, temp read=2500 written=2510
  ->  Seq Scan on public.orders  (cost=0.00..18000.00 rows=900000 width=8) (actual time=0.02..120.0 rows=900000 loops=1)
        Output: id, customer_id
        Buffers: shared hit=9000
Execution Time: 900.5 ms";

pub(crate) const GOOD: &str = "
Aggregate  (cost=20000.00..20000.01 rows=1 width=8) (actual time=190.0..190.0 rows=1 loops=1)
  Output: count(customer_id)
  Buffers: shared hit=9000
  ->  Seq Scan on public.orders  (cost=0.00..18000.00 rows=900000 width=8) (actual time=0.02..120.0 rows=900000 loops=1)
        Output: id, customer_id
        Buffers: shared hit=9000
Execution Time: 190.5 ms";

/// Rows below which the sort fits anywhere.
const LEAST_ROWS: f64 = 50_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::Aggregate).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let input = scope.plan.children(node).next()?;
    let stake = scope.own(node);
    let expression = node.output.iter().find(|column| column.contains("(DISTINCT "));
    // TEXT shows the aggregate only with VERBOSE; temporary files in an aggregate that does not
    // hash come from DISTINCT or ORDER BY inside its functions.
    let spills = node.own.temp() > 0 && node.hash_aggregate.is_none();
    if (expression.is_none() && !spills) || input.rows() < LEAST_ROWS || !stake.is_worth() {
        return None;
    }
    // PG 16 sorts the input below the aggregate where it can: then there is a Sort to see.
    if input.kind == Kind::Sort && node.own.temp() == 0 {
        return None;
    }
    let what = expression.map_or_else(|| "DISTINCT or ORDER BY inside an aggregate".to_owned(), |text| cut(text, 60));
    let spilled = if node.own.temp() > 0 {
        format!(", {} through temporary files", size_kb(node.own.temp_written.max(node.own.temp_read) * 8))
    } else {
        String::new()
    };
    let title =
        format!("{what} sorts {} rows of its own{spilled}: {}", grouped(input.rows()), stake.describe());
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .rows(scope, "rows", input.rows())
            .with(scope, "temp_pages", count(node.own.temp()))
            .why("The aggregate cannot hash its distinct values and cannot run in parallel; before PostgreSQL 16 it cannot use sorted input either.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Count in two steps: SELECT count(x) FROM (SELECT DISTINCT x FROM …) AS d — the inner step hashes and runs in parallel. With GROUP BY, group by (key, x) first and count above.",
            )),
    )
}
