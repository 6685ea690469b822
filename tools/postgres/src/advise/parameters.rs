//! Values for `$n`: what the application might send.
//!
//! A generic plan knows nothing about values, so it misjudges ranges, rare states and patterns.
//! Where every placeholder of a statement is compared with a known key, real values are put in:
//! equality keys of one table from one sampled row (so that they occur together), bounds of
//! ranges from the histogram. Otherwise the statement is planned generically and never executed.

use std::collections::BTreeMap;

use dbwright_contract::CallCx;
use dbwright_indexes::{Catalog, KeyExpression, ParameterUse, QueryShape, Table};
use dbwright_sql::{TokenKind, quote_literal, tokens};

use crate::{GuardedSession, Limits, Statement};

/// A statement in the form in which it can be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Planned {
    /// Complete: written so, or with values put in.
    Complete {
        sql: String,
        /// Whether values were put in.
        sampled: bool,
    },
    /// With placeholders that only a generic plan can take.
    Generic { sql: String, parameters: usize },
}

impl Planned {
    /// A statement as it is, without values.
    pub(super) fn of(sql: &str, shape: &QueryShape) -> Self {
        match usize::try_from(shape.parameters).unwrap_or_default() {
            0 => Self::Complete { sql: sql.to_owned(), sampled: false },
            parameters => Self::Generic { sql: sql.to_owned(), parameters },
        }
    }

    /// The text.
    pub(crate) fn sql(&self) -> &str {
        match self {
            Self::Complete { sql, .. } | Self::Generic { sql, .. } => sql,
        }
    }

    /// The text with values from the tables, where such were put in.
    pub(crate) fn sampled(&self) -> Option<&str> {
        match self {
            Self::Complete { sql, sampled: true } => Some(sql),
            Self::Complete { .. } | Self::Generic { .. } => None,
        }
    }

    /// How it is explained.
    pub(crate) fn explain(&self, options: &'static str) -> Statement<'_> {
        match self {
            Self::Complete { sql, .. } => Statement::Explain { options, sql },
            Self::Generic { sql, parameters } => Statement::ExplainGeneric { options, sql, parameters: *parameters },
        }
    }
}

/// Puts values in where every placeholder can have one.
pub(crate) async fn planned(
    session: &mut GuardedSession,
    cx: &CallCx,
    sql: &str,
    shape: &QueryShape,
    catalog: &Catalog,
) -> Planned {
    let unchanged = || Planned::of(sql, shape);
    if shape.parameters == 0 || u32::try_from(shape.bindings.len()) != Ok(shape.parameters) {
        return unchanged();
    }
    let samples = samples(session, cx, shape, catalog).await;
    let mut values: BTreeMap<i32, String> = BTreeMap::new();
    for (number, binding) in &shape.bindings {
        let Some(value) = value(binding, shape, catalog, &samples) else { return unchanged() };
        values.insert(*number, value);
    }
    match substitute(sql, &values) {
        Some(sql) => Planned::Complete { sql, sampled: true },
        None => unchanged(),
    }
}

/// Sampled values by relation and key text.
type Samples = BTreeMap<(usize, String), String>;

/// One row of each table that is compared for equality or by a pattern.
async fn samples(session: &mut GuardedSession, cx: &CallCx, shape: &QueryShape, catalog: &Catalog) -> Samples {
    let mut wanted: BTreeMap<usize, Vec<&KeyExpression>> = BTreeMap::new();
    for binding in shape.bindings.values() {
        if let ParameterUse::Compared { relation, key, operator } = binding
            && matches!(operator.as_str(), "=" | "any" | "~~" | "~~*" | "^@")
        {
            let keys = wanted.entry(*relation).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let mut found = Samples::new();
    for (relation, keys) in wanted {
        let Some(table) = shape.relations.get(relation).and_then(|relation| catalog.table(&relation.table)) else {
            continue;
        };
        for sql in sample_queries(table, &keys) {
            let limits = Limits { rows: 1, timeout: std::time::Duration::from_secs(2), ..Limits::default() };
            let Ok(rows) = session.run(cx, Statement::Verbatim(&sql), limits).await else { continue };
            let Some(row) = rows.rows.into_iter().next() else { continue };
            found.extend(keys.iter().zip(row).filter_map(|(key, value)| Some(((relation, key.sql()), value?))));
            break;
        }
    }
    found
}

/// A row from a random page, the same in each run; else the first one that has all keys.
fn sample_queries(table: &Table, keys: &[&KeyExpression]) -> [String; 2] {
    let columns: Vec<String> = keys.iter().map(|key| format!("({})::text", key.sql())).collect();
    let present: Vec<String> = keys.iter().map(|key| format!("({}) IS NOT NULL", key.sql())).collect();
    let (columns, present) = (columns.join(", "), present.join(" AND "));
    let name = table.name.quoted();
    #[expect(clippy::cast_precision_loss, reason = "a page count as a percentage")]
    let percent = (1_000.0 / table.pages.max(1) as f64).clamp(0.001, 100.0);
    [
        format!(
            "SELECT {columns} FROM {name} TABLESAMPLE SYSTEM ({percent:.4}) REPEATABLE (7) WHERE {present} LIMIT 1"
        ),
        format!("SELECT {columns} FROM {name} WHERE {present} LIMIT 1"),
    ]
}

fn value(binding: &ParameterUse, shape: &QueryShape, catalog: &Catalog, samples: &Samples) -> Option<String> {
    let (relation, key, operator) = match binding {
        // A page as applications ask for, and the first one: deep paging is not to be made up.
        ParameterUse::Limit => return Some("20".to_owned()),
        ParameterUse::Offset => return Some("0".to_owned()),
        ParameterUse::Compared { relation, key, operator } => (*relation, key, operator.as_str()),
    };
    let sampled = samples.get(&(relation, key.sql()));
    let table = catalog.table(&shape.relations.get(relation)?.table)?;
    let quantiles = key.column().and_then(|name| table.column(name)).and_then(|column| column.quantiles.as_ref());
    let text = match operator {
        "=" => sampled?.clone(),
        "any" => format!("{{{}}}", array_element(sampled?)),
        "^@" => start(sampled?),
        "~~" => format!("{}%", start(sampled?)),
        "~~*" => format!("%{}%", start(sampled?)),
        // Narrow ranges: an index is asked for few rows.
        ">" | ">=" => quantiles.map(|[_, _, high]| high.clone())?,
        "<" | "<=" => {
            // The upper end of a BETWEEN must lie above its lower end.
            let closes = shape.bindings.values().any(|other| {
                matches!(other, ParameterUse::Compared { relation: r, key: k, operator: o }
                    if *r == relation && k == key && (o == ">" || o == ">="))
            });
            quantiles.map(|[low, _, high]| if closes { high.clone() } else { low.clone() })?
        }
        _ => return None,
    };
    // An untyped literal takes the type of the other side, as the placeholder did.
    Some(quote_literal(&text))
}

fn start(text: &str) -> String {
    text.chars().take(4).filter(|c| !matches!(c, '%' | '_' | '\\')).collect()
}

fn array_element(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Replaces the placeholder tokens; strings, comments and quoted names stay as they are.
pub(crate) fn substitute(sql: &str, values: &BTreeMap<i32, String>) -> Option<String> {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    for token in tokens(sql).filter(|token| token.kind == TokenKind::Parameter) {
        let number: i32 = token.text.strip_prefix('$')?.parse().ok()?;
        out.push_str(sql.get(at..token.start)?);
        out.push_str(values.get(&number)?);
        at = token.start + token.text.len();
    }
    out.push_str(sql.get(at..)?);
    Some(out)
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
