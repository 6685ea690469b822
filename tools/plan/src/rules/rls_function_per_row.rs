//! A row security policy calls a function for every row.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    ConditionKind, Node,
    insight::{Insight, Scope, scanned},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "rls_function_per_row",
    group: "plans",
    severity: Severity::High,
    summary: "A policy's function is called for each row instead of once for the statement",
};

pub(crate) const BAD: &str = "
Seq Scan on documents  (cost=0.00..30000.00 rows=500 width=80) (actual time=0.3..900.0 rows=120 loops=1)
  Filter: (owner_id = app.current_user_id())
  Rows Removed by Filter: 99880
Execution Time: 901.0 ms";

pub(crate) const GOOD: &str = "
Index Scan using documents_owner_idx on documents  (cost=0.42..300.00 rows=120 width=80) (actual time=0.3..2.0 rows=120 loops=1)
  Index Cond: (owner_id = $0)
  InitPlan 1 (returns $0)
    ->  Result  (cost=0.00..0.26 rows=1 width=4) (actual time=0.01..0.01 rows=1 loops=1)
Execution Time: 2.1 ms";

/// Rows for which the call is made.
const LEAST_ROWS: f64 = 1000.0;
/// Share of the statement.
const LEAST_SHARE: f64 = 0.2;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.live().filter(|node| node.kind.is_scan()).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let functions = &scope.context.relation(node)?.policy_functions;
    let condition = node.conditions.iter().find_map(|condition| {
        if !matches!(condition.kind, ConditionKind::Filter | ConditionKind::JoinFilter) {
            return None;
        }
        let called = functions.iter().find(|name| calls(&condition.text, name))?;
        Some((called, &condition.text))
    });
    let (function, filter) = condition?;
    let rows = scanned(node);
    let stake = scope.own(node);
    if rows < LEAST_ROWS || stake.share < LEAST_SHARE || !stake.is_worth() {
        return None;
    }
    let table = scope.relation_name(node);
    let title = format!(
        "The row security policy of {table} calls {function} for each of {} rows: {}",
        grouped(rows),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
            .rows(scope, "rows_scanned", rows)
            .with(scope, "filter", filter.clone())
            .with(scope, "function", function.clone())
            .why("In a filter a function that is not IMMUTABLE runs once a row, and an index on the column cannot be used with a VOLATILE one. In a scalar subquery it runs once.")
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                format!("Write (SELECT {function}(…)) in the policy's expression (ALTER POLICY … USING (…)), and mark the function STABLE if it is."),
            )),
    )
}

/// `name(` at a word's beginning, with or without its schema.
fn calls(text: &str, name: &str) -> bool {
    let bare = name.rsplit('.').next().unwrap_or(name);
    text.match_indices(bare).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + bare.len()..).and_then(|tail| tail.chars().next());
        after == Some('(') && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
