//! A column is cast to the type of its parameter.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use super::seq_scan_selective::selectivity;
use crate::{
    Conjunct, Kind, Node, Predicate,
    insight::{Insight, Scope},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "implicit_cast",
    group: "plans",
    severity: Severity::Medium,
    summary: "A parameter of another type makes the server cast the column, so its index is not used",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: ((id)::numeric = '4711'::numeric)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (id = 4711)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let (looked_at, kept) = selectivity(scope, node)?;
    let stake = scope.own(node);
    if !stake.is_worth() {
        return None;
    }
    let filter = Predicate::parse(node.filter()?);
    let part = filter.conjuncts.iter().find(|part| is_foreign_cast(scope, node, part))?;
    let column = part.column.clone()?;
    let cast = part.cast.clone()?;
    let table = scope.relation_name(node);
    let title = format!(
        "Parameter of type {cast} makes the server cast {table}.{column}: {} rows read to keep {}: {}",
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
            .why(format!("An index on {column} cannot serve a comparison of {column} cast to {cast}."))
            .fix(Fix::advice(
                FixKind::Code,
                format!("Bind the parameter with the column's own type, or cast it in the statement: {column} = $1::<type of {column}>."),
            )),
    )
}

/// A cast that only the other side's type explains: integers compared with numeric or float
/// values (a numeric column is not cast), anything but text compared with text.
fn is_foreign_cast(scope: &Scope<'_>, node: &Node, part: &Conjunct) -> bool {
    let Some(cast) = part.cast.as_deref().filter(|_| part.function.is_none() && !part.arithmetic) else { return false };
    if !part.has_constant() || !matches!(part.operator.as_str(), "=" | "= ANY" | "<" | ">" | "<=" | ">=") {
        return false;
    }
    let of_column = scope
        .context
        .relation(node)
        .and_then(|facts| facts.columns.iter().find(|column| Some(&column.name) == part.column.as_ref()))
        .and_then(|column| column.data_type.as_deref());
    match (cast, of_column) {
        ("numeric" | "double precision", None) => part.value.contains(&format!("::{cast}")),
        ("numeric" | "double precision", Some(known)) => matches!(known, "smallint" | "integer" | "bigint"),
        ("text", Some(known)) => !["text", "character", "\"char\"", "name", "citext"].iter().any(|text| known.starts_with(text)),
        _ => false,
    }
}
