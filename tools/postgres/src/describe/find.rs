//! What a given name may mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{PgError, Probe};

/// An object that a name fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// `table`, `view`, `index`, `sequence`, `function`, …
    pub kind: String,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What the system catalog calls it.
    #[serde(skip_serializing)]
    pub(super) oid: i64,
}

impl Match {
    /// `schema.name`, quoted where needed.
    pub fn qualified(&self) -> String {
        dbwright_sql::quote_qualified(Some(&self.schema), &self.name)
    }
}

/// A name as it was given, in parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl Wanted {
    /// Reads `orders`, `shop.orders`, `"Order Items"`, `shop.*`, `fn(int)`.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim().trim_end_matches(';');
        // A function may be given with its arguments: all its overloads are shown.
        let text = if text.ends_with(')') { text.split('(').next().unwrap_or(text) } else { text };
        let mut parts: Vec<String> = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = match rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
                Some((inside, after)) => (inside, after),
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            parts.push(part.trim().to_owned());
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None => break,
            }
        }
        let name = parts.pop().unwrap_or_default();
        Self { schema: parts.pop().filter(|schema| !schema.is_empty()), name }
    }

    /// Whether it stands for several names.
    pub(super) fn is_pattern(&self) -> bool {
        self.name.contains(['*', '%']) || self.schema.as_deref().is_some_and(|schema| schema.contains(['*', '%']))
    }

    /// `*` as LIKE reads it; `_` and `\` literally.
    pub(super) fn like(part: &str) -> String {
        part.replace('\\', "\\\\").replace('_', "\\_").replace('*', "%").to_lowercase()
    }
}

/// Objects of that name; objects of the system only where no other fits. Case counts only where
/// two names differ in nothing else.
pub(super) async fn find(probe: &mut Probe, wanted: &Wanted) -> Result<Vec<Match>, PgError> {
    let found: Vec<Json<Match>> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(m) FROM (
             SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                        WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type'
                        WHEN 'S' THEN 'sequence' ELSE 'index' END AS kind,
                    n.nspname AS schema, c.relname AS name, c.oid::int8 AS oid
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind <> 't' AND lower(c.relname) = lower($2) AND ($1 IS NULL OR lower(n.nspname) = lower($1))
             UNION ALL
             SELECT 'function', n.nspname, p.proname, min(p.oid::int8)
             FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE lower(p.proname) = lower($2) AND ($1 IS NULL OR lower(n.nspname) = lower($1))
             GROUP BY n.nspname, p.proname
         ) m ORDER BY schema, name, kind",
    )
    .bind(&wanted.schema)
    .bind(&wanted.name)
    .fetch_all(probe.connection())
    .await?;
    let mut found: Vec<Match> = found.into_iter().map(|Json(found)| found).collect();
    let system = |found: &Match| found.schema == "pg_catalog" || found.schema == "information_schema";
    if found.iter().any(|candidate| !system(candidate)) {
        found.retain(|candidate| !system(candidate));
    }
    let exact = |candidate: &Match| {
        candidate.name == wanted.name && wanted.schema.as_ref().is_none_or(|schema| *schema == candidate.schema)
    };
    if found.iter().any(exact) {
        found.retain(exact);
    }
    Ok(found)
}

/// All names that somebody may have meant: schemas, relations, functions.
pub(super) async fn all_names(probe: &mut Probe) -> Result<Vec<String>, PgError> {
    Ok(sqlx::query_scalar(
        "SELECT /* dbwright */ DISTINCT name::text FROM (
             SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
             UNION ALL SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
             UNION ALL SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
         ) names LIMIT 50000",
    )
    .fetch_all(probe.connection())
    .await?)
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
