//! Keys and constraints that are missing, unchecked, doubled or of unequal types.

use std::collections::HashMap;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Constraint, ConstraintKind, TableKind, facts::Facts, name::column_list, words};

pub(crate) const RULE: Rule = Rule {
    id: "constraint_not_valid",
    group: "schema",
    severity: Severity::Medium,
    summary: "A constraint was never checked against the existing rows",
};

pub(crate) const NO_KEY: Rule = Rule {
    id: "table_without_primary_key",
    group: "schema",
    severity: Severity::Medium,
    summary: "Rows cannot be told apart, and logical replication cannot update them",
};

pub(crate) const TYPES: Rule = Rule {
    id: "foreign_key_type_mismatch",
    group: "schema",
    severity: Severity::Medium,
    summary: "A foreign key column has another type than the column that it refers to",
};

pub(crate) const TWICE: Rule = Rule {
    id: "duplicate_foreign_key",
    group: "schema",
    severity: Severity::Low,
    summary: "Two foreign keys check the same thing on each write",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .constraints
        .rows()
        .iter()
        .filter(|constraint| !constraint.validated && !constraint.inherited)
        .map(|constraint| {
            let table = constraint.relation.to_string();
            let kind = match constraint.kind {
                ConstraintKind::ForeignKey => "foreign key",
                ConstraintKind::NotNull => "NOT NULL constraint",
                ConstraintKind::Check
                | ConstraintKind::PrimaryKey
                | ConstraintKind::Unique
                | ConstraintKind::Exclusion => "check constraint",
            };
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Constraint, format!("{table}.{}", quote_ident(&constraint.name)))
                    .columns(&constraint.columns),
                format!(
                    "{kind} {} of {table} is NOT VALID: rows from before it were never checked",
                    quote_ident(&constraint.name)
                ),
            )
            .why("New rows are checked, old ones may break it, and the planner does not trust it.")
            .evidence(Evidence::new("pg_constraint", "convalidated", false))
            .fix(
                Fix::sql(
                    FixKind::Migration,
                    [format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", quote_ident(&constraint.name))],
                )
                .lock("ShareUpdateExclusiveLock")
                .transactional()
                .notes("Reads the table once; reads and writes go on. It fails on the first row that breaks the rule."),
            )
        })
        .collect()
}

pub(crate) fn check_primary_key(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.snapshot.indexes.get().is_none() {
        return Vec::new();
    }
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind != TableKind::MaterializedView && table.partition_of.is_none())
        .filter(|table| !facts.indexes(table.oid).iter().any(|index| index.primary))
        .map(|table| {
            let name = table.name.to_string();
            let rows = facts.total_rows(table.oid);
            let unique = facts.indexes(table.oid).iter().find(|index| index.unique && index.predicate.is_none());
            let severity = match unique {
                Some(_) => Severity::Info,
                None if rows >= facts.thresholds.no_key_rows => NO_KEY.severity,
                None => Severity::Low,
            };
            let hint = unique.map_or_else(String::new, |index| format!("; {} is unique and could be it", index.name));
            Finding::new(
                &NO_KEY,
                Object::new(ObjectKind::Table, &name),
                format!("{name} ({} rows) has no primary key{hint}", words::rows(rows)),
            )
            .severity(severity)
            .why("A single row cannot be addressed, duplicates go unnoticed, logical replication refuses its updates.")
            .evidence(Evidence::new("pg_class", "rows", rows.round()))
            .evidence(Evidence::new("pg_class", "relreplident", table.replica_identity.clone()))
            .fix(Fix::advice(
                FixKind::Migration,
                "Build a unique index CONCURRENTLY over columns that are NOT NULL, then ADD PRIMARY KEY USING INDEX.",
            ))
        })
        .collect()
}

pub(crate) fn check_types(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .foreign_keys()
        .filter_map(|constraint| {
            let reference = constraint.references.as_ref()?;
            let pairs = constraint.columns.iter().zip(&reference.columns);
            let (own, theirs) = pairs
                .filter_map(|(own, theirs)| {
                    Some((facts.column(constraint.table, own)?, facts.column(reference.table, theirs)?))
                })
                .find(|(own, theirs)| own.base_type != theirs.base_type)?;
            let narrower = width(&own.base_type).zip(width(&theirs.base_type)).is_some_and(|(own, theirs)| own < theirs);
            let table = constraint.relation.to_string();
            let cost = if narrower { "the larger keys cannot be referred to" } else { "each comparison needs a cast" };
            Some(
                Finding::new(
                    &TYPES,
                    Object::new(ObjectKind::Column, &table).columns([&own.name]),
                    format!(
                        "{table}.{} is {} but refers to {}.{}, which is {}: {cost}",
                        quote_ident(&own.name),
                        own.type_name,
                        reference.relation,
                        quote_ident(&theirs.name),
                        theirs.type_name
                    ),
                )
                .severity(if narrower { TYPES.severity } else { Severity::Low })
                .evidence(Evidence::new("pg_attribute", "type", own.type_name.clone()))
                .evidence(Evidence::new("pg_attribute", "referenced_type", theirs.type_name.clone()))
                .fix(Fix::advice(
                    FixKind::Migration,
                    "Change the referring column to the type of the key; on a large table through a new column.",
                )),
            )
        })
        .collect()
}

/// Bytes of an integer type.
fn width(base_type: &str) -> Option<u8> {
    match base_type {
        "int2" => Some(2),
        "int4" => Some(4),
        "int8" => Some(8),
        _ => None,
    }
}

pub(crate) fn check_duplicates(facts: &Facts<'_>) -> Vec<Finding> {
    /// Child, its columns, parent, its columns.
    type Key<'a> = (u32, &'a [String], u32, &'a [String]);
    let mut first: HashMap<Key<'_>, &Constraint> = HashMap::new();
    let mut findings = Vec::new();
    for constraint in facts.foreign_keys() {
        let Some(reference) = &constraint.references else { continue };
        let key = (constraint.table, constraint.columns.as_slice(), reference.table, reference.columns.as_slice());
        let Some(other) = first.get(&key) else {
            first.insert(key, constraint);
            continue;
        };
        let table = constraint.relation.to_string();
        let name = quote_ident(&constraint.name);
        findings.push(
            Finding::new(
                &TWICE,
                Object::new(ObjectKind::Constraint, format!("{table}.{name}")).columns(&constraint.columns),
                format!("{table} has two foreign keys on ({}): {} and {name}", column_list(&constraint.columns), quote_ident(&other.name)),
            )
            .why("Each write to either table runs both checks.")
            .evidence(Evidence::new("pg_constraint", "twin", other.name.clone()))
            .fix(
                Fix::sql(FixKind::Migration, [format!("ALTER TABLE {table} DROP CONSTRAINT {name}")])
                    .undo([format!(
                        "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({}) REFERENCES {} ({}) NOT VALID",
                        column_list(&constraint.columns),
                        reference.relation,
                        column_list(&reference.columns)
                    )])
                    .lock("AccessExclusiveLock")
                    .transactional()
                    .notes("Compare ON DELETE and ON UPDATE of both first."),
            ),
        );
    }
    findings
}

#[cfg(test)]
#[path = "constraints_tests.rs"]
mod tests;
