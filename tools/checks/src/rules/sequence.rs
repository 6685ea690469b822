//! Keys that run out: sequences and the columns behind them.

use std::collections::HashSet;

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{ConstraintKind, Sequence, facts::Facts, words};

/// Tables up to this many rows are rewritten in a moment.
const REWRITTEN_AT_ONCE: f64 = 10_000.0;

pub(crate) const RULE: Rule = Rule {
    id: "sequence_overflow",
    group: "schema",
    severity: Severity::Medium,
    summary: "A sequence nears the end of its own or its column's range: then every insert fails",
};

pub(crate) const KEY: Rule = Rule {
    id: "key_near_limit",
    group: "schema",
    severity: Severity::Medium,
    summary: "The values of a primary key near the end of its type",
};

/// Largest value of an integer type by its internal name.
fn largest(base_type: &str) -> Option<i64> {
    match base_type {
        "int2" => Some(i64::from(i16::MAX)),
        "int4" => Some(i64::from(i32::MAX)),
        "int8" => Some(i64::MAX),
        _ => None,
    }
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(f64, Finding)> = facts
        .snapshot
        .sequences
        .rows()
        .iter()
        .filter_map(|sequence| {
            let (limit, share) = used(sequence)?;
            (share >= facts.thresholds.sequence_share).then(|| (share, finding(facts, sequence, limit, share)))
        })
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// The limit that will be hit first, and the share of the way there that is used up.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn used(sequence: &Sequence) -> Option<(i64, f64)> {
    let last = sequence.last_value?;
    let column = sequence.owner.as_ref().and_then(|owner| largest(&owner.column_type));
    if sequence.increment < 0 {
        let limit = sequence.min.max(column.map_or(i64::MIN, |largest| -largest));
        let way = (sequence.start as f64 - limit as f64).max(1.0);
        return (!sequence.cycle).then_some((limit, (sequence.start as f64 - last as f64) / way));
    }
    let limit = sequence.max.min(column.unwrap_or(i64::MAX));
    // A cycling sequence that fits its column starts again: no failure, but perhaps duplicates.
    if sequence.cycle && limit == sequence.max {
        return None;
    }
    Some((limit, last as f64 / limit.max(1) as f64))
}

fn finding(facts: &Facts<'_>, sequence: &Sequence, limit: i64, share: f64) -> Finding {
    let name = sequence.name.to_string();
    let last = sequence.last_value.unwrap_or_default();
    let left = limit.saturating_sub(last) / sequence.increment.max(1);
    let (feeds, fix) = remedy(facts, sequence, limit);
    let severity = if share >= facts.thresholds.sequence_share_high { Severity::High } else { RULE.severity };
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Sequence, &name),
        format!(
            "{name}{feeds} has used {} of its range: {} values are left until inserts fail",
            words::percent(share),
            words::count(left)
        ),
    )
    .severity(severity)
    .why("At the limit nextval or the column's type raises an error, and the table takes no more rows.")
    .evidence(Evidence::new("pg_sequences", "last_value", last))
    .evidence(Evidence::new("pg_sequences", "max_value", sequence.max))
    .evidence(Evidence::new("pg_attribute", "limit", limit))
    .fix(fix)
}

fn remedy(facts: &Facts<'_>, sequence: &Sequence, limit: i64) -> (String, Fix) {
    let name = sequence.name.to_string();
    let Some(owner) = &sequence.owner else {
        return (String::new(), widen_sequence(sequence));
    };
    let column = quote_ident(&owner.column);
    let feeds = format!(" (feeds {}.{column})", owner.relation);
    if largest(&owner.column_type).is_none_or(|largest| largest > limit) {
        return (feeds, widen_sequence(sequence));
    }
    let mut referring: Vec<String> = facts
        .foreign_keys()
        .filter_map(|constraint| {
            let reference = constraint.references.as_ref().filter(|reference| reference.table == owner.table)?;
            let at = reference.columns.iter().position(|column| *column == owner.column)?;
            Some(format!("{}.{}", constraint.relation, quote_ident(constraint.columns.get(at)?)))
        })
        .collect();
    referring.dedup();
    let children = if referring.is_empty() {
        String::new()
    } else {
        format!(" The columns that refer to it need the same: {}.", referring.join(", "))
    };
    if facts.total_rows(owner.table) > REWRITTEN_AT_ONCE || facts.table(owner.table).is_none() {
        let notes = format!(
            "ALTER COLUMN {column} TYPE bigint would rewrite the table under an exclusive lock. `dbwright migrate new \
             'change type of {}.{column} to bigint'` writes the steps without: a new column, a trigger that keeps both \
             in step, a backfill in batches, a swap of names.{children}",
            owner.relation
        );
        return (feeds, Fix::advice(FixKind::Migration, notes));
    }
    let mut statements = vec![format!("ALTER TABLE {} ALTER COLUMN {column} TYPE bigint", owner.relation)];
    // The sequence of an identity column follows the column's type.
    if sequence.data_type != "bigint" && !owner.identity {
        statements.push(format!("ALTER SEQUENCE {name} AS bigint"));
    }
    let fix = Fix::sql(FixKind::Migration, statements)
        .lock("AccessExclusiveLock")
        .transactional()
        .notes(format!("Rewrites the table, which is small, under an exclusive lock.{children}"));
    (feeds, fix)
}

/// Only the sequence is too narrow: that is a change in the catalog.
fn widen_sequence(sequence: &Sequence) -> Fix {
    let name = sequence.name.to_string();
    let statement = if sequence.data_type == "bigint" {
        format!("ALTER SEQUENCE {name} NO MAXVALUE")
    } else {
        format!("ALTER SEQUENCE {name} AS bigint NO MAXVALUE")
    };
    Fix::sql(FixKind::Migration, [statement])
        .undo([format!("ALTER SEQUENCE {name} AS {} MAXVALUE {}", sequence.data_type, sequence.max)])
        .lock("ShareRowExclusiveLock")
        .transactional()
        .notes("Takes a moment: no table is touched.")
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_key(facts: &Facts<'_>) -> Vec<Finding> {
    // A key that a sequence feeds is reported with its sequence, which knows the last value exactly.
    let fed: HashSet<(u32, &str)> = facts
        .snapshot
        .sequences
        .rows()
        .iter()
        .filter(|sequence| sequence.last_value.is_some())
        .filter_map(|sequence| sequence.owner.as_ref())
        .map(|owner| (owner.table, owner.column.as_str()))
        .collect();
    facts
        .snapshot
        .constraints
        .rows()
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
        .flat_map(|constraint| constraint.columns.iter().map(move |column| (constraint, column)))
        .filter(|(constraint, column)| !fed.contains(&(constraint.table, column.as_str())))
        .filter_map(|(constraint, name)| {
            let column = facts.column(constraint.table, name)?;
            let limit = largest(&column.base_type)?;
            let highest = column.stats.as_ref()?.max_value?;
            let share = highest as f64 / limit as f64;
            if share < facts.thresholds.sequence_share {
                return None;
            }
            let table = constraint.relation.to_string();
            let high = share >= facts.thresholds.sequence_share_high;
            Some(
                Finding::new(
                    &KEY,
                    Object::new(ObjectKind::Column, &table).columns([name]),
                    format!(
                        "values of {table}.{} ({}) have reached {} of the type's range",
                        quote_ident(name),
                        column.type_name,
                        words::percent(share)
                    ),
                )
                .severity(if high { Severity::High } else { KEY.severity })
                .confidence(Confidence::Estimated)
                .why("Beyond the largest value of the type every insert fails.")
                .evidence(Evidence::new("pg_stats", "highest_value", highest))
                .evidence(Evidence::new("pg_type", "limit", limit))
                .fix(Fix::advice(
                    FixKind::Migration,
                    "Plan the change to bigint now: new column, trigger, backfill in batches, swap.",
                )),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
