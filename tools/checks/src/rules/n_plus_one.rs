//! One query for each row of another: the list is read once, then every row asks for its own.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::{RelationRef, relations};

use crate::{
    RelationName, Statement,
    facts::Facts,
    shape::{self, Lookup},
    words,
};

pub(crate) const RULE: Rule = Rule {
    id: "n_plus_one",
    group: "queries",
    severity: Severity::Medium,
    summary: "A statement runs once for each row that another returns (N+1)",
};

/// Rows for each call of the list: fewer are no list.
const LIST_ROWS: f64 = 5.0;
/// How far calls of the look-up may be from rows of the list, either way.
const TOLERANCE: f64 = 2.0;
/// Without a foreign key to vouch for the pair the numbers must agree closely.
const TOLERANCE_ALONE: f64 = 1.1;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(all) = facts.snapshot.statements.get() else { return Vec::new() };
    let lists: Vec<(&Statement, Vec<RelationRef>)> = all
        .items
        .iter()
        .filter(|statement| statement.calls > 0 && statement.rows_per_call() >= LIST_ROWS)
        .filter_map(|statement| {
            Some((statement, relations(&statement.query).ok()?))
        })
        .collect();
    let mut findings = Vec::new();
    for child in &all.items {
        let small = child.rows_per_call() <= LIST_ROWS * 20.0;
        if child.calls < facts.thresholds.n_plus_one_calls || !small {
            continue;
        }
        let Some(lookup) = shape::lookup(&child.query).filter(|lookup| lookup.columns.len() <= 2) else { continue };
        let parent = lists
            .iter()
            .filter(|(list, _)| list.query_id != child.query_id)
            .filter_map(|(list, tables)| Some((*list, kinship(facts, child, &lookup, list, tables)?)))
            .min_by(|left, right| left.1.total_cmp(&right.1));
        if let Some((list, _)) = parent {
            findings.push(finding(child, &lookup, list));
        }
    }
    findings
}

/// How far the pair is from one call for each row, if it looks like one at all; 1 is exact.
#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn kinship(
    facts: &Facts<'_>,
    child: &Statement,
    lookup: &Lookup,
    list: &Statement,
    tables: &[RelationRef],
) -> Option<f64> {
    if (child.calls as f64) < list.calls as f64 * facts.thresholds.n_plus_one_ratio {
        return None;
    }
    let ratio = child.calls as f64 / list.rows.max(1) as f64;
    let off = ratio.max(1.0 / ratio);
    let related = facts.foreign_keys().any(|constraint| {
        let Some(reference) = &constraint.references else { return false };
        let (own, theirs) = (&constraint.relation, &reference.relation);
        let lists = |relation: &RelationName| tables.iter().any(|table| is(relation, table.schema.as_deref(), &table.name));
        let looks_up = |relation: &RelationName| is(relation, lookup.schema.as_deref(), &lookup.table);
        // Children of each parent by the foreign key, or the parent of each child by its key.
        (looks_up(own) && lists(theirs) && lookup.columns.iter().any(|column| constraint.columns.contains(column)))
            || (looks_up(theirs) && lists(own) && lookup.columns.iter().any(|column| reference.columns.contains(column)))
    });
    (off <= if related { TOLERANCE } else { TOLERANCE_ALONE }).then_some(off)
}

fn is(relation: &RelationName, schema: Option<&str>, name: &str) -> bool {
    relation.name == name && schema.is_none_or(|schema| schema == relation.schema)
}

fn finding(child: &Statement, lookup: &Lookup, list: &Statement) -> Finding {
    let columns = lookup.columns.join(", ");
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Query, words::brief(&child.query, 120)).query_id(&child.query_id),
        format!(
            "{} look-ups in {} by {columns} follow {} calls of one list ({:.0} rows each): one query per row",
            words::count(child.calls),
            lookup.table,
            words::count(list.calls),
            list.rows_per_call()
        ),
    )
    .confidence(Confidence::Estimated)
    .why("Each look-up is fast, but every one pays a round trip, parsing and planning; the page takes the sum.")
    .evidence(Evidence::new("pg_stat_statements", "calls", child.calls))
    .evidence(Evidence::new("pg_stat_statements", "mean_exec_time_ms", (child.mean_ms * 1_000.0).round() / 1_000.0))
    .evidence(Evidence::new("pg_stat_statements", "list_query", words::brief(&list.query, 200)))
    .evidence(Evidence::new("pg_stat_statements", "list_calls", list.calls))
    .evidence(Evidence::new("pg_stat_statements", "list_rows", list.rows))
    .fix(Fix::advice(
        FixKind::Code,
        format!(
            "Load them in one statement for the whole list: WHERE {columns} = ANY($1) (the ORM's eager loading), or a join."
        ),
    ))
}

#[cfg(test)]
#[path = "n_plus_one_tests.rs"]
mod tests;
