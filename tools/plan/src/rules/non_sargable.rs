//! A filter wraps its column so that no ordinary index can serve it.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::{
    advice::{quote_identifier, quote_name, unqualified},
    seq_scan_selective::selectivity,
};
use crate::{
    Conjunct, Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "non_sargable",
    group: "plans",
    severity: Severity::Medium,
    summary: "A function, cast or arithmetic on the column keeps its indexes from being used",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (lower((email)::text) = 'a@b.c'::text)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: ((email)::text = 'a@b.c'::text)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

/// Functions whose index expression is immutable for every type they take.
const INDEXABLE: [&str; 5] = ["lower", "upper", "md5", "abs", "length"];

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let (looked_at, kept) = selectivity(scope, node)?;
    let filter = Predicate::parse(node.filter()?);
    let stake = scope.own(node);
    // Where a plain column is compared as well, an index on that one is the shorter way.
    if !filter.index_columns().is_empty() || !stake.is_worth() {
        return None;
    }
    let part = filter.conjuncts.iter().find(|part| part.column.is_some() && !part.is_bare() && part.has_constant())?;
    let column = part.column.clone()?;
    let table = scope.relation_name(node);
    let title = format!(
        "Filter on {} of {table} can use no index on {column}: {} rows read to keep {}: {}",
        part.left,
        grouped(looked_at),
        grouped(kept),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.table(node, vec![column.clone()]), stake, title)
            .rows(scope, "rows", kept)
            .rows(scope, "rows_removed", looked_at - kept)
            .with(scope, "filter", part.text.clone())
            .why("An index on the column is ordered by its values, not by what the expression makes of them.")
            .fix(fix(&table, node, part, &column)),
    )
}

fn fix(table: &str, node: &Node, part: &Conjunct, column: &str) -> Fix {
    match part.function.as_deref() {
        Some(function) if INDEXABLE.contains(&function) => {
            let bare = table.rsplit('.').next().unwrap_or(table);
            let name = quote_identifier(&format!("{bare}_{function}_{column}_idx").chars().take(63).collect::<String>());
            let expression = unqualified(&part.left, node.reference().unwrap_or_default());
            let schema = table.rsplit_once('.').map(|(schema, _)| format!("{}.", quote_name(schema))).unwrap_or_default();
            Fix::sql(
                FixKind::CreateIndex,
                [
                    format!("CREATE INDEX CONCURRENTLY {name} ON {} ({expression})", quote_name(table)),
                    format!("ANALYZE {}", quote_name(table)),
                ],
            )
            .undo([format!("DROP INDEX CONCURRENTLY {schema}{name}")])
            .lock("ShareUpdateExclusiveLock")
            .notes("ANALYZE gives the planner statistics on the expression.")
        }
        Some(function) if ["date_trunc", "date_part", "to_char", "date", "EXTRACT"].contains(&function) => {
            Fix::advice(FixKind::RewriteQuery, format!("Compare {column} itself with a range: {column} >= start AND {column} < end."))
        }
        Some(_) => Fix::advice(FixKind::RewriteQuery, format!("Compare {column} itself, or index the expression if its function is immutable.")),
        None if part.arithmetic => {
            Fix::advice(FixKind::RewriteQuery, format!("Move the arithmetic to the other side, so that {column} stands alone."))
        }
        None if part.cast.as_deref() == Some("date") => Fix::advice(
            FixKind::RewriteQuery,
            format!("Compare {column} with a range of the day: {column} >= day AND {column} < day + 1."),
        ),
        None => Fix::advice(FixKind::RewriteQuery, format!("Cast the other side to the type of {column}, so that {column} stands alone.")),
    }
}
