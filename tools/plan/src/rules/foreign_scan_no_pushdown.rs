//! Rows are fetched from another server only to be thrown away here.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::{cut, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "foreign_scan_no_pushdown",
    group: "plans",
    severity: Severity::Medium,
    summary: "A foreign table's filter runs here, after its rows have crossed the network",
};

pub(crate) const BAD: &str = "
Foreign Scan on public.remote_orders  (cost=100.00..9000.00 rows=20 width=80) (actual time=3.0..700.0 rows=20 loops=1)
  Output: id, note
  Filter: (app.score(remote_orders.note) > 3)
  Rows Removed by Filter: 99980
  Remote SQL: SELECT id, note FROM public.orders
Execution Time: 701.0 ms";

pub(crate) const GOOD: &str = "
Foreign Scan on public.remote_orders  (cost=100.00..200.00 rows=20 width=80) (actual time=3.0..7.0 rows=20 loops=1)
  Output: id, note
  Remote SQL: SELECT id, note FROM public.orders WHERE ((customer_id = 7))
Execution Time: 7.3 ms";

/// Rows thrown away for a row that is kept.
const LEAST_RATIO: f64 = 10.0;
/// Rows thrown away.
const LEAST_REMOVED: f64 = 1000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::ForeignScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let filter = node.filter()?;
    let (removed, kept) = (node.rows_removed(), node.rows());
    let stake = scope.own(node);
    if removed < LEAST_REMOVED || removed < LEAST_RATIO * kept.max(1.0) || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "{} rows of foreign table {table} are fetched and {} kept: {}",
        grouped(removed + kept),
        grouped(kept),
        stake.describe()
    );
    let mut insight = scope
        .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
        .rows(scope, "rows", kept)
        .rows(scope, "rows_removed", removed)
        .with(scope, "filter", filter);
    if let Some(remote) = &node.remote_sql {
        insight = insight.with(scope, "remote_sql", cut(remote, 200));
    }
    Some(
        insight
            .why("Only built-in functions and operators, those of extensions named in the server's extensions option, and collations that are the same on both sides are sent along.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Write the condition with built-in operators, name the extension in ALTER SERVER … OPTIONS (ADD extensions '…'), set use_remote_estimate, or filter through a view on the other server.",
            )),
    )
}
