//! The statements to find indexes for: given, or from `pg_stat_statements`, with those that they
//! make the server run.

use std::collections::BTreeSet;

use dbwright_indexes::{Catalog, QueryShape, ShapeError, Skipped, analyze, implied_statements};
use dbwright_sql::{brief, relations};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// Statements taken from `pg_stat_statements`, by total time.
const TOP: i64 = 50;
/// Characters of a statement in reports.
const BRIEF: usize = 160;

/// A statement as it was given.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Source {
    pub(super) sql: String,
    pub(super) query_id: Option<String>,
    pub(super) calls: Option<u64>,
}

/// A statement that has a shape.
#[derive(Debug, Clone)]
pub(super) struct Analysed {
    pub(super) source: Source,
    pub(super) shape: QueryShape,
    pub(super) brief: String,
}

/// The heaviest statements of this database. `Ok(Err(why))` where there is nothing to read.
pub(super) async fn top(database: &Database) -> Result<Result<Vec<Source>, String>, PgError> {
    let mut probe = database.probe().await?;
    if probe.with_extension("pg_stat_statements").await?.is_none() {
        probe.finish().await;
        return Ok(Err(
            "pg_stat_statements is not installed in this database: pass the statements, or CREATE EXTENSION \
            pg_stat_statements (it must also be in shared_preload_libraries)"
                .to_owned(),
        ));
    }
    // PostgreSQL 13 named the columns for execution time; the ones before are not supported.
    let rows: Result<Vec<Json<Source>>, sqlx::Error> = sqlx::query_scalar(
        "SELECT /* dbwright */ json_build_object('sql', s.query, 'query_id', s.queryid::text, 'calls', s.calls)
         FROM pg_stat_statements s
         WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND s.query NOT LIKE '%/* dbwright */%' AND s.query ~* '^\\W*(select|with|update|delete|insert|merge)'
           AND s.query NOT ILIKE '%pg_catalog.%' AND s.query NOT ILIKE '%information_schema.%'
         ORDER BY s.total_exec_time DESC LIMIT $1",
    )
    .bind(TOP)
    .fetch_all(probe.connection())
    .await;
    probe.finish().await;
    match rows.map_err(PgError::from) {
        Ok(rows) => Ok(Ok(rows.into_iter().map(|Json(source)| source).collect())),
        Err(PgError::Server(error)) => Ok(Err(format!("pg_stat_statements cannot be read: {error}"))),
        Err(error) => Err(error),
    }
}

/// Names of all relations that the statements mention, for reading the catalog.
pub(super) fn relation_names(sources: &[Source]) -> BTreeSet<String> {
    sources
        .iter()
        .filter_map(|source| relations(&source.sql).ok())
        .flat_map(|found| found.into_iter().map(|relation| relation.name))
        .collect()
}

/// Shapes of the statements; those that have none are passed over with the reason.
pub(super) fn analysed(sources: Vec<Source>, catalog: &Catalog) -> (Vec<Analysed>, Vec<Skipped>) {
    let mut found: Vec<Analysed> = Vec::new();
    let mut skipped = Vec::new();
    for source in sources {
        let brief = brief(&source.sql, BRIEF);
        match analyze(&source.sql, catalog) {
            Ok(shape) => {
                let implied = implied(&source, &shape, catalog);
                found.push(Analysed { source, shape, brief });
                for statement in implied {
                    if !found.iter().any(|known| known.source.sql == statement.source.sql) {
                        found.push(statement);
                    }
                }
            }
            // An INSERT of values or a SET from the statistics is no gap: no index could serve it.
            Err(ShapeError::NoTables(why)) if source.query_id.is_some() && why.is_empty() => {}
            Err(error) => skipped.push(Skipped { text: brief, why: first_line(&error.to_string()) }),
        }
    }
    (found, skipped)
}

fn implied(source: &Source, shape: &QueryShape, catalog: &Catalog) -> Vec<Analysed> {
    implied_statements(shape, catalog)
        .into_iter()
        .filter_map(|implied| {
            let shape = analyze(&implied.sql, catalog).ok()?;
            let brief = format!("check of {} when a row is deleted: {}", implied.constraint, implied.sql);
            let source = Source { sql: implied.sql, query_id: None, calls: source.calls };
            Some(Analysed { source, shape, brief })
        })
        .collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
