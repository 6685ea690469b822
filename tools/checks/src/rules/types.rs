//! Column types that surprise: one note for each type, not for each column.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Column, RelationName, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "discouraged_type",
    group: "schema",
    severity: Severity::Low,
    summary: "A column type with surprises: money, char(n), json, timestamp without time zone, timetz, serial",
};

pub(crate) const JSON: Rule = Rule {
    id: "json_searched",
    group: "schema",
    severity: Severity::Low,
    summary: "Statements search inside a json column, which is parsed again for each row",
};

/// Columns that a finding names.
const NAMED: usize = 8;

struct Kind {
    name: &'static str,
    severity: Severity,
    matches: fn(&Column) -> bool,
    cost: &'static str,
    instead: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "money",
        severity: Severity::Low,
        matches: |column| column.base_type == "money",
        cost: "its currency and digits follow lc_monetary, so a restore elsewhere changes the amounts",
        instead: "Use numeric with a currency column.",
    },
    Kind {
        name: "char(n)",
        severity: Severity::Low,
        matches: |column| column.base_type == "bpchar",
        cost: "values are padded with blanks that count for LIKE but not for =",
        instead: "Use text, with a CHECK on the length if it matters.",
    },
    Kind {
        name: "timestamp without time zone",
        severity: Severity::Info,
        matches: |column| column.base_type == "timestamp",
        cost: "it does not name a moment: sessions with another TimeZone read another time",
        instead: "Use timestamptz for moments.",
    },
    Kind {
        name: "time with time zone",
        severity: Severity::Low,
        matches: |column| column.base_type == "timetz",
        cost: "an offset without a date says nothing across daylight saving",
        instead: "Use timestamptz, or time and a zone name.",
    },
    Kind {
        name: "serial",
        severity: Severity::Info,
        matches: |column| column.default.as_deref().is_some_and(|default| default.starts_with("nextval(")),
        cost: "the sequence has its own owner and grants, and an explicit value silently breaks the order",
        instead: "New columns: GENERATED ALWAYS AS IDENTITY.",
    },
];

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    KINDS.iter().filter_map(|kind| finding(facts, kind)).collect()
}

fn finding(facts: &Facts<'_>, kind: &Kind) -> Option<Finding> {
    let columns: Vec<String> = own_columns(facts)
        .filter(|(_, column)| (kind.matches)(column))
        .map(|(table, column)| format!("{table}.{}", quote_ident(&column.name)))
        .collect();
    let first = columns.first()?;
    let what = match columns.len() {
        1 => format!("{first} is {}", kind.name),
        many => format!("{many} columns are {} ({first}, …)", kind.name),
    };
    let named: Vec<&String> = columns.iter().take(NAMED).collect();
    Some(
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Column, format!("type {}", kind.name)),
            format!("{what}: {}", kind.cost),
        )
        .severity(kind.severity)
        .evidence(Evidence::new("pg_attribute", "columns", columns.len()))
        .evidence(Evidence::new("pg_attribute", "names", serde_json::json!(named)))
        .fix(Fix::advice(FixKind::Migration, kind.instead)),
    )
}

pub(crate) fn check_json(facts: &Facts<'_>) -> Vec<Finding> {
    let statements = facts.snapshot.statements.get().map_or(&[][..], |statements| &statements.items);
    own_columns(facts)
        .filter(|(_, column)| column.base_type == "json")
        .filter_map(|(table, column)| {
            let arrow = format!("{} ->", column.name);
            let tight = format!("{}->", column.name);
            let quoted = format!("\"{}\"->", column.name);
            let bare = table.name.as_str();
            let calls: i64 = statements
                .iter()
                .filter(|statement| {
                    let query = statement.query.as_str();
                    let condition = query.to_lowercase().find("where").and_then(|at| query.get(at..));
                    query.contains(bare)
                        && condition.is_some_and(|text| [&arrow, &tight, &quoted].iter().any(|form| text.contains(*form)))
                })
                .map(|statement| statement.calls)
                .sum();
            (calls > 0).then(|| {
                let name = quote_ident(&column.name);
                Finding::new(
                    &JSON,
                    Object::new(ObjectKind::Column, table.to_string()).columns([&column.name]),
                    format!(
                        "{table}.{name} is json and {} calls search inside it: each row is parsed again",
                        words::count(calls)
                    ),
                )
                .why("json keeps the text; only jsonb can be indexed and read without parsing.")
                .evidence(Evidence::new("pg_stat_statements", "calls", calls))
                .fix(
                    Fix::sql(
                        FixKind::Migration,
                        [format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE jsonb USING {name}::jsonb")],
                    )
                    .undo([format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE json USING {name}::json")])
                    .lock("AccessExclusiveLock")
                    .transactional()
                    .notes("Rewrites the table; jsonb drops duplicate keys, key order and white space."),
                )
            })
        })
        .collect()
}

/// Columns of tables that stand for themselves: a partition repeats its parent's.
fn own_columns<'a>(facts: &'a Facts<'a>) -> impl Iterator<Item = (&'a RelationName, &'a Column)> {
    facts.snapshot.columns.rows().iter().filter_map(|column| {
        let table = facts.table(column.table)?;
        (table.partition_of.is_none() && table.kind != TableKind::MaterializedView).then_some((&table.name, column))
    })
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
