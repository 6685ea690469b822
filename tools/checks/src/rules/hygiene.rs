//! Things that nobody uses or that are hard to name. Told once for a schema, not once for a table.

use std::collections::BTreeMap;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Table, TableKind, facts::Facts, name::column_list, words};

pub(crate) const EMPTY: Rule = Rule {
    id: "empty_tables",
    group: "schema",
    severity: Severity::Info,
    summary: "Tables that have never held a row, or that have no columns, are left over from something",
};

pub(crate) const NAMES: Rule = Rule {
    id: "quoted_names",
    group: "schema",
    severity: Severity::Info,
    summary: "Names with capitals, blanks or reserved words must be quoted in every statement",
};

pub(crate) const CUT: Rule = Rule {
    id: "name_cut_off",
    group: "schema",
    severity: Severity::Info,
    summary: "A name fills the 63 bytes that a name may have: the rest was cut off without a word",
};

pub(crate) const COMMENTS: Rule = Rule {
    id: "missing_comments",
    group: "schema",
    severity: Severity::Info,
    summary: "Tables have no comment that says what a row stands for",
};

pub(crate) const HOLE: Rule = Rule {
    id: "nullable_composite_foreign_key",
    group: "schema",
    severity: Severity::Low,
    summary: "A foreign key over several nullable columns is not checked once one of them is NULL",
};

/// Names in a title.
const SHOWN: usize = 3;
/// Bytes that a name may have.
const NAME_BYTES: usize = 63;

pub(crate) fn check_empty(facts: &Facts<'_>) -> Vec<Finding> {
    let long_enough = facts.stats_window_s() >= facts.thresholds.empty_window_s;
    let of_schema = by_schema(facts, |table| {
        let activity = &table.activity;
        let never_used = long_enough
            && table.kind == TableKind::Table
            && table.partition_of.is_none()
            && table.heap_bytes == 0
            && !table.size_estimated
            && activity.inserted == 0
            && activity.index_scans == 0;
        never_used || (table.column_count == 0 && table.kind != TableKind::Partitioned)
    });
    summary(
        &EMPTY,
        of_schema,
        "empty_tables",
        |count| {
            format!("{} in the last {}", plural(count, "has never held a row", "have never held a row"), {
                words::seconds(facts.stats_window_s())
            })
        },
        "Drop them if no code names them; each is described, planned for, dumped and migrated with the others.",
    )
}

pub(crate) fn check_names(facts: &Facts<'_>) -> Vec<Finding> {
    let of_schema = by_schema(facts, |table| {
        quote_ident(&table.name.name) != table.name.name
            || facts.columns(table.oid).iter().any(|column| quote_ident(&column.name) != column.name)
    });
    summary(
        &NAMES,
        of_schema,
        "tables",
        |count| {
            plural(
                count,
                "has a name, or a column, that must be quoted",
                "have a name, or a column, that must be quoted",
            )
        },
        "Fine where a generator quotes everything. New names: lower case, underscores, no reserved word.",
    )
}

pub(crate) fn check_cut(facts: &Facts<'_>) -> Vec<Finding> {
    let mut names: Vec<(String, String)> = Vec::new();
    for table in facts.snapshot.tables.rows() {
        names.push((table.name.schema.clone(), table.name.name.clone()));
    }
    // The server makes the names of constraints and indexes fit by itself; those are only in the
    // way when two migrations produce the same one.
    for sequence in facts.snapshot.sequences.rows().iter().filter(|sequence| sequence.owner.is_none()) {
        names.push((sequence.name.schema.clone(), sequence.name.name.clone()));
    }
    let mut of_schema: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (schema, name) in names.into_iter().filter(|(_, name)| name.len() >= NAME_BYTES) {
        of_schema.entry(schema).or_default().push(name);
    }
    summary(
        &CUT,
        of_schema,
        "names",
        |count| plural(count, "fills all 63 bytes of its name", "fill all 63 bytes of their names"),
        "Two long names that differ at the end are one name to the server: choose shorter ones.",
    )
}

pub(crate) fn check_comments(facts: &Facts<'_>) -> Vec<Finding> {
    if !facts.thresholds.require_comments {
        return Vec::new();
    }
    let of_schema = by_schema(facts, |table| !table.commented && table.partition_of.is_none());
    summary(
        &COMMENTS,
        of_schema,
        "tables",
        |count| plural(count, "has no comment", "have no comment"),
        "COMMENT ON TABLE ... IS '...' says what one row stands for and who writes it.",
    )
}

pub(crate) fn check_hole(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .foreign_keys()
        .filter_map(|constraint| {
            let reference = constraint.references.as_ref().filter(|reference| !reference.match_full)?;
            let nullable: Vec<&String> = constraint
                .columns
                .iter()
                .filter(|name| facts.column(constraint.table, name).is_some_and(|column| !column.not_null))
                .collect();
            // With one nullable column NULL simply means: refers to nothing.
            if nullable.len() < 2 {
                return None;
            }
            let table = constraint.relation.to_string();
            let columns = column_list(&nullable);
            let mut name = format!("{}_all_or_none", constraint.name);
            name.truncate(name.floor_char_boundary(NAME_BYTES));
            let name = quote_ident(&name);
            Some(
                Finding::new(
                    &HOLE,
                    Object::new(ObjectKind::Constraint, format!("{table}.{}", constraint.name))
                        .columns(&constraint.columns),
                    format!(
                        "{} of {table} is not checked for rows where only some of {columns} are NULL",
                        quote_ident(&constraint.name)
                    ),
                )
                .why("MATCH SIMPLE, the default, takes a row with any NULL in the key as one that refers to nothing.")
                .evidence(Evidence::new("pg_constraint", "confmatchtype", "s"))
                .evidence(Evidence::new("pg_attribute", "nullable_columns", nullable.len()))
                .evidence(Evidence::new("pg_constraint", "references", reference.relation.to_string()))
                .fix(
                    Fix::sql(
                        FixKind::Migration,
                        [
                            format!(
                                "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (num_nulls({columns}) IN (0, {})) NOT VALID",
                                nullable.len()
                            ),
                            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"),
                        ],
                    )
                    .undo([format!("ALTER TABLE {table} DROP CONSTRAINT {name}")])
                    .lock("AccessExclusiveLock")
                    .notes("The first statement holds its lock for a moment; the second reads the table under a weak one."),
                ),
            )
        })
        .collect()
}

fn by_schema(facts: &Facts<'_>, wanted: impl Fn(&Table) -> bool) -> BTreeMap<String, Vec<String>> {
    let mut of_schema: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for table in facts.snapshot.tables.rows().iter().filter(|table| wanted(table)) {
        of_schema.entry(table.name.schema.clone()).or_default().push(table.name.name.clone());
    }
    of_schema
}

fn plural(count: usize, one: &str, many: &str) -> String {
    (if count == 1 { one } else { many }).to_owned()
}

fn summary(
    rule: &'static Rule,
    of_schema: BTreeMap<String, Vec<String>>,
    field: &str,
    says: impl Fn(usize) -> String,
    advice: &str,
) -> Vec<Finding> {
    of_schema
        .into_iter()
        .map(|(schema, names)| {
            let mut shown = names.iter().take(SHOWN).map(|name| quote_ident(name)).collect::<Vec<_>>().join(", ");
            if names.len() > SHOWN {
                shown.push_str(", …");
            }
            let tables = words::plural(names.len(), "object", "objects");
            Finding::new(
                rule,
                Object::new(ObjectKind::Setting, format!("schema {schema}")),
                format!("{tables} of schema {} ({shown}) {}", quote_ident(&schema), says(names.len())),
            )
            .why(rule.summary)
            .evidence(Evidence::new("pg_class", field, names))
            .fix(Fix::advice(FixKind::None, advice))
        })
        .collect()
}

#[cfg(test)]
#[path = "hygiene_tests.rs"]
mod tests;
