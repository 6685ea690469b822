//! A whole index is read to find a few distinct values.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "loose_index_scan",
    group: "plans",
    severity: Severity::Low,
    summary: "All rows of a table are read for its few distinct values",
};

pub(crate) const BAD: &str = "
HashAggregate  (cost=20000.00..20000.06 rows=6 width=8) (actual time=290.0..290.0 rows=6 loops=1)
  Group Key: status
  Batches: 1  Memory Usage: 24kB
  ->  Seq Scan on orders  (cost=0.00..18000.00 rows=900000 width=8) (actual time=0.02..120.0 rows=900000 loops=1)
Execution Time: 290.5 ms";

pub(crate) const GOOD: &str = "
HashAggregate  (cost=20000.00..29000.06 rows=300000 width=8) (actual time=290.0..390.0 rows=300000 loops=1)
  Group Key: customer_id
  Batches: 1  Memory Usage: 24kB
  ->  Seq Scan on orders  (cost=0.00..18000.00 rows=900000 width=8) (actual time=0.02..120.0 rows=900000 loops=1)
Execution Time: 390.5 ms";

/// Rows in for a value out.
const LEAST_RATIO: f64 = 1000.0;
/// Values beyond which hopping from one to the next does not pay.
const MOST_VALUES: f64 = 10_000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.live().filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let distinct = match node.kind {
        Kind::Unique => true,
        // The same width in and out: nothing but the key is computed.
        Kind::Aggregate => node.group_key.len() == 1 && node.partial_mode.as_deref() != Some("Finalize"),
        _ => false,
    };
    let mut input = scope.plan.children(node).next().filter(|_| distinct)?;
    while matches!(input.kind, Kind::Sort | Kind::Gather | Kind::GatherMerge) {
        input = scope.plan.children(input).next()?;
    }
    let scans = matches!(input.kind, Kind::SeqScan | Kind::IndexOnlyScan | Kind::IndexScan);
    let (rows, values) = (input.rows(), node.rows().max(1.0));
    if !scans
        || input.filter().is_some()
        || !input.conditions.is_empty()
        || node.width > input.width
        || values > MOST_VALUES
        || rows / values < LEAST_RATIO
        // TEXT hides aggregate functions; VERBOSE shows them.
        || node.output.iter().any(|column| column.contains('('))
    {
        return None;
    }
    let stake = scope.own(node).plus(scope.own(input));
    if !stake.is_worth() {
        return None;
    }
    let key = node.group_key.first().or_else(|| input.sort_key.first());
    let column = key.and_then(|key| Predicate::parse(key).conjuncts.into_iter().next()?.column);
    let table = scope.relation_name(input);
    let title = format!(
        "{} rows of {table} are read for {} distinct values{}: {}",
        grouped(rows),
        grouped(values),
        column.as_ref().map(|column| format!(" of {column}")).unwrap_or_default(),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(input, column.into_iter().collect()), stake, title)
            .severity(Severity::Low)
            .rows(scope, "rows_in", rows)
            .rows(scope, "rows_out", values)
            .why("PostgreSQL before 18 cannot hop through an index from one value to the next by itself.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "With an index on the column, WITH RECURSIVE that asks for the least value greater than the last touches one page a value. If the values live in a table of their own, read that one.",
            )),
    )
}
