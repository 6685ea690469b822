//! A b-tree exists, and its collation keeps LIKE from using it.

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
    id: "like_prefix_collation",
    group: "plans",
    severity: Severity::Medium,
    summary: "LIKE with a fixed beginning cannot use the column's b-tree because its collation does not order by bytes",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (note ~~ 'refund%'::text)
  Rows Removed by Filter: 99979
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..29.50 rows=21 loops=1)
  Filter: (note ~~ '%refund%'::text)
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
    let part = Predicate::parse(node.filter()?).conjuncts.into_iter().find(|part| {
        let fixed = part.value.strip_prefix('\'').is_some_and(|rest| !rest.starts_with(['%', '_', '\'']));
        part.operator == "~~" && part.is_bare() && fixed
    })?;
    let column = part.column?;
    let facts = scope.context.relation(node)?;
    let known = facts.columns.iter().find(|known| known.name == column)?;
    let leading = facts.indexes.iter().find(|index| {
        index.valid
            && !index.partial
            && !index.pattern_ops
            && index.method == "btree"
            && index.columns.first() == Some(&column)
    })?;
    // Byte order is the one thing that lets a plain b-tree serve a prefix.
    if known.byte_order != Some(false) {
        return None;
    }
    let table = scope.relation_name(node);
    let class = if known.data_type.as_deref().is_some_and(|name| name.starts_with("character varying")) {
        "varchar_pattern_ops"
    } else {
        "text_pattern_ops"
    };
    let title = format!(
        "Prefix {} on {table}.{column} reads {} rows to keep {}, although index {} exists: {}",
        cut(&part.value, 40),
        grouped(looked_at),
        grouped(kept),
        leading.name,
        stake.describe()
    );
    let bare = table.rsplit('.').next().unwrap_or(&table);
    let name = quote_identifier(&format!("{bare}_{column}_pattern_idx").chars().take(63).collect::<String>());
    let schema = table.rsplit_once('.').map(|(schema, _)| format!("{}.", quote_name(schema))).unwrap_or_default();
    Some(
        scope
            .insight(&RULE, node, scope.table(node, vec![column.clone()]), stake, title)
            .rows(scope, "rows", kept)
            .rows(scope, "rows_removed", looked_at - kept)
            .with(scope, "filter", part.text)
            .with(scope, "index", leading.name.clone())
            .why("In a linguistic collation strings with the same beginning need not stand together, so the planner may not turn the prefix into a range.")
            .fix(
                Fix::sql(
                    FixKind::CreateIndex,
                    [format!(
                        "CREATE INDEX CONCURRENTLY {name} ON {} USING btree ({} {class})",
                        quote_name(&table),
                        quote_identifier(&column)
                    )],
                )
                .undo([format!("DROP INDEX CONCURRENTLY {schema}{name}")])
                .lock("ShareUpdateExclusiveLock")
                .notes("It serves LIKE and equality; the old index stays for ORDER BY and ranges in the collation's order."),
            ),
    )
}
