//! A pattern that starts anywhere is searched in every row.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::{quote_identifier, quote_name},
    seq_scan_selective::selectivity,
};
use crate::{
    Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::{cut, grouped},
};

pub(crate) const RULE: Rule = Rule {
    id: "leading_wildcard",
    group: "plans",
    severity: Severity::Medium,
    summary: "LIKE with a leading wildcard, or ILIKE, reads the whole table",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (note ~~ '%refund%'::text)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (note ~~ 'refund%'::text)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let (looked_at, kept) = selectivity(scope, node)?;
    let filter = Predicate::parse(node.filter()?);
    let stake = scope.own(node);
    if !filter.index_columns().is_empty() || !stake.is_worth() {
        return None;
    }
    let part = filter.conjuncts.iter().find(|part| match part.operator.as_str() {
        "~~" => part.value.starts_with("'%"),
        "~~*" => part.value.starts_with('\''),
        _ => false,
    })?;
    let column = part.column.clone()?;
    let table = scope.relation_name(node);
    let title = format!(
        "Pattern {} on {table}.{column} reads {} rows to keep {}: {}",
        cut(&part.value, 40),
        grouped(looked_at),
        grouped(kept),
        stake.describe()
    );
    let bare = table.rsplit('.').next().unwrap_or(&table);
    let name = quote_identifier(&format!("{bare}_{column}_trgm_idx").chars().take(63).collect::<String>());
    let schema = table.rsplit_once('.').map(|(schema, _)| format!("{}.", quote_name(schema))).unwrap_or_default();
    Some(
        scope
            .insight(&RULE, node, scope.table(node, vec![column.clone()]), stake, title)
            .rows(scope, "rows", kept)
            .rows(scope, "rows_removed", looked_at - kept)
            .with(scope, "filter", part.text.clone())
            .why("A b-tree can only serve patterns with a fixed beginning.")
            .fix(
                Fix::sql(
                    FixKind::CreateIndex,
                    [
                        "CREATE EXTENSION IF NOT EXISTS pg_trgm".to_owned(),
                        format!(
                            "CREATE INDEX CONCURRENTLY {name} ON {} USING gin ({} gin_trgm_ops)",
                            quote_name(&table),
                            quote_identifier(&column)
                        ),
                    ],
                )
                .undo([format!("DROP INDEX CONCURRENTLY {schema}{name}")])
                .lock("ShareUpdateExclusiveLock")
                .notes("Serves patterns with three letters in a row or more. A GIN index makes writes dearer."),
            ),
    )
}
