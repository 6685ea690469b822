//! Indexes on columns that hardly tell rows apart: few values, or mostly NULL.

use std::collections::HashSet;

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{
    ColumnStats, Index,
    facts::Facts,
    rules::{foreign_key_index::is_needed_by_foreign_key, unused_index},
    words,
};

pub(crate) const RULE: Rule = Rule {
    id: "low_cardinality_index",
    group: "indexes",
    severity: Severity::Low,
    summary: "An index over a handful of values seldom narrows a search",
};

pub(crate) const NULLS: Rule = Rule {
    id: "mostly_null_index",
    group: "indexes",
    severity: Severity::Low,
    summary: "Most entries of the index are NULL; a partial index would be a fraction of its size",
};

/// A value this common makes the others rare enough for the index to be worth having.
const SKEWED: f64 = 0.9;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    single_column(facts)
        .filter(|(index, _, stats)| {
            let few = stats.n_distinct > 0.0 && stats.n_distinct <= facts.thresholds.low_cardinality;
            // A used index over a skewed column finds the rare values: that is what it is for.
            let finds_rare = index.scans > 0 && stats.top_frequency.is_some_and(|share| share >= SKEWED);
            few && !finds_rare && stats.null_frac < facts.thresholds.null_share
        })
        .filter(|(index, ..)| !is_needed_by_foreign_key(facts, index))
        .map(|(index, column, stats)| {
            let name = index.name.to_string();
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Index, &name).columns([column]),
                format!(
                    "{name} ({}) indexes {column}, which has {:.0} distinct values in {} rows",
                    words::bytes(index.bytes),
                    stats.n_distinct,
                    words::rows(index.reltuples)
                ),
            )
            .confidence(Confidence::Estimated)
            .why("A search for one of few values reads a large part of the table anyway; each write pays for it.")
            .evidence(Evidence::new("pg_stats", "n_distinct", stats.n_distinct))
            .evidence(Evidence::new("pg_stats", "top_frequency", stats.top_frequency))
            .evidence(Evidence::new("pg_stat_user_indexes", "idx_scan", index.scans))
            .fix(Fix::advice(
                FixKind::DropIndex,
                format!(
                    "If queries look for the rare values only, replace it by a partial index (WHERE {} = ...) on the \
                     column that they sort or join by; else drop it.",
                    quote_ident(column)
                ),
            ))
        })
        .collect()
}

pub(crate) fn check_nulls(facts: &Facts<'_>) -> Vec<Finding> {
    single_column(facts)
        .filter(|(_, _, stats)| stats.null_frac >= facts.thresholds.null_share)
        .map(|(index, column, stats)| {
            let name = index.name.to_string();
            let quoted = quote_ident(column);
            let mut partial = format!("{}_nn", index.name.name);
            partial.truncate(partial.floor_char_boundary(63));
            let new = format!(
                "CREATE INDEX CONCURRENTLY {} ON {} ({quoted}) WHERE {quoted} IS NOT NULL",
                quote_ident(&partial),
                index.relation
            );
            Finding::new(
                &NULLS,
                Object::new(ObjectKind::Index, &name).columns([column]),
                format!(
                    "{} of the entries of {name} ({}) are NULL",
                    words::percent(stats.null_frac),
                    words::bytes(index.bytes)
                ),
            )
            .confidence(Confidence::Estimated)
            .why("Searches by value never match NULL; the entries only cost writes, space and cache.")
            .evidence(Evidence::new("pg_stats", "null_frac", stats.null_frac))
            .evidence(Evidence::new("pg_class", "bytes", index.bytes))
            .fix(
                Fix::sql(FixKind::CreateIndex, [new, format!("DROP INDEX CONCURRENTLY {name}")])
                    .undo([
                        super::indexes::create_concurrently(index),
                        format!(
                            "DROP INDEX CONCURRENTLY {}.{}",
                            quote_ident(&index.name.schema),
                            quote_ident(&partial)
                        ),
                    ])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("Keep it if queries ask for IS NULL."),
            )
        })
        .collect()
}

/// Plain b-trees over one column of a large table, with the column's statistics.
fn single_column<'a>(facts: &'a Facts<'a>) -> impl Iterator<Item = (&'a Index, &'a str, &'a ColumnStats)> {
    // What nobody uses is reported as that.
    let unused: HashSet<u32> = unused_index::candidates(facts).iter().map(|index| index.oid).collect();
    facts
        .snapshot
        .indexes
        .rows()
        .iter()
        .filter(move |index| !unused.contains(&index.oid))
        .filter(|index| {
            index.keys.len() == 1
                && index.method == "btree"
                && index.valid
                && !index.incomplete
                && index.predicate.is_none()
                && index.include.is_empty()
                && !index.guards_data()
                && !index.partitioned
                && index.partition_of.is_none()
                && index.bytes >= facts.thresholds.index_bytes
                && facts.table(index.table).is_some_and(|table| table.rows() >= facts.thresholds.cardinality_rows)
        })
        .filter_map(|index| {
            let column = index.leading_column()?;
            Some((index, column, facts.column(index.table, column)?.stats.as_ref()?))
        })
}

#[cfg(test)]
#[path = "selectivity_tests.rs"]
mod tests;
