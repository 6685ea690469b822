//! The statements to find indexes for: given, or from `pg_stat_statements`, with those that they
//! make the server run.

use std::collections::BTreeSet;

use dbwright_indexes::{Catalog, QueryShape, ShapeError, Skipped, analyze, implied_statements};
use dbwright_sql::{brief, relations};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// Writing statements taken besides, by rows: they tell what an index costs.
const TOP_WRITES: i64 = 500;
/// More rows in one call are a bulk load.
const MOST_ROWS_A_CALL: u64 = 1_000;
/// Characters of a statement in reports.
const BRIEF: usize = 160;

/// A statement as it was given.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Source {
    pub(super) sql: String,
    pub(super) query_id: Option<String>,
    pub(super) calls: Option<u64>,
    /// Rows that all executions together returned or changed.
    #[serde(default)]
    pub(super) rows: Option<u64>,
    /// Taken for what it writes alone.
    #[serde(default)]
    pub(super) only_writes: bool,
}

/// What the statements of a database say.
pub(super) struct Workload {
    pub(super) sources: Vec<Source>,
    /// Share of all execution time that the statements looked at take.
    pub(super) covered: f64,
    /// Statements that there are.
    pub(super) known: i64,
}

/// A statement that has a shape.
#[derive(Debug, Clone)]
pub(super) struct Analysed {
    pub(super) source: Source,
    pub(super) shape: QueryShape,
    pub(super) brief: String,
}

/// The heaviest statements of this database, and those that write most rows. `Ok(Err(why))` where there is nothing to
/// read.
pub(super) async fn top(database: &Database, most: u32) -> Result<Result<Workload, String>, PgError> {
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
    let rows: Result<Vec<(Json<Source>, f64, i64)>, sqlx::Error> = sqlx::query_as(
        "WITH known AS (
             SELECT s.query, s.queryid, s.calls, s.rows, s.total_exec_time AS time,
                 s.query ~* '^\\W*(insert|update|delete|merge)' AS writes,
                 row_number() OVER (ORDER BY s.total_exec_time DESC) AS by_time,
                 row_number() OVER (PARTITION BY s.query ~* '^\\W*(insert|update|delete|merge)' ORDER BY s.rows DESC) AS by_rows,
                 sum(s.total_exec_time) OVER () AS total, count(*) OVER () AS known
             FROM pg_stat_statements s
             WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND s.query NOT LIKE '%/* dbwright */%' AND s.query ~* '^\\W*(select|with|update|delete|insert|merge)'
               AND s.query NOT ILIKE '%pg_catalog.%' AND s.query NOT ILIKE '%information_schema.%')
         SELECT /* dbwright */ json_build_object('sql', query, 'query_id', queryid::text, 'calls', calls, 'rows', rows,
                 'only_writes', by_time > $1),
             CASE WHEN by_time <= $1 THEN time / nullif(total, 0) END::float8, known
         FROM known WHERE by_time <= $1 OR (writes AND by_rows <= $2) ORDER BY by_time",
    )
    .bind(i64::from(most))
    .bind(TOP_WRITES)
    .fetch_all(probe.connection())
    .await
    .map(|rows: Vec<(Json<Source>, Option<f64>, i64)>| {
        rows.into_iter().map(|(source, share, known)| (source, share.unwrap_or(0.0), known)).collect()
    });
    probe.finish().await;
    match rows.map_err(PgError::from) {
        Ok(rows) => Ok(Ok(Workload {
            covered: rows.iter().map(|(_, share, _)| share).sum(),
            known: rows.first().map_or(0, |(_, _, known)| *known),
            sources: rows.into_iter().map(|(Json(source), _, _)| source).collect(),
        })),
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

/// What was made of the statements.
#[derive(Default)]
pub(super) struct Reading {
    /// Those that read something.
    pub(super) analysed: Vec<Analysed>,
    /// Those that write, with the rows that they write.
    pub(super) writes: Vec<(QueryShape, f64)>,
    /// Those that were passed over.
    pub(super) skipped: Vec<Skipped>,
}

/// Shapes of the statements; those that have none are passed over with the reason.
pub(super) fn analysed(sources: Vec<Source>, catalog: &Catalog) -> Reading {
    let mut reading = Reading::default();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for source in sources {
        let brief = brief(&source.sql, BRIEF);
        match analyze(&source.sql, catalog) {
            Ok(shape) => {
                if shape.inserts_into.is_some() || !shape.sets.is_empty() {
                    reading.writes.push((shape.clone(), rows_written(&source)));
                }
                if source.only_writes || shape.relations.is_empty() || !known.insert(source.sql.clone()) {
                    continue;
                }
                let implied = implied(&source, &shape, catalog);
                reading.analysed.push(Analysed { source, shape, brief });
                for statement in implied {
                    if known.insert(statement.source.sql.clone()) {
                        reading.analysed.push(statement);
                    }
                }
            }
            Err(_) if source.only_writes => {}
            // A SET from the statistics is no gap: no index could serve it.
            Err(ShapeError::NoTables(why)) if source.query_id.is_some() && why.is_empty() => {}
            Err(error) => reading.skipped.push(Skipped { text: brief, why: first_line(&error.to_string()) }),
        }
    }
    reading
}

/// Rows that count as written: a bulk load is not what an index has to stand day by day, and it is
/// no reason to go without one.
fn rows_written(source: &Source) -> f64 {
    let calls = source.calls.unwrap_or(1).max(1);
    let rows = source.rows.unwrap_or(calls).clamp(1, calls.saturating_mul(MOST_ROWS_A_CALL));
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    {
        rows as f64
    }
}

fn implied(source: &Source, shape: &QueryShape, catalog: &Catalog) -> Vec<Analysed> {
    implied_statements(shape, catalog)
        .into_iter()
        .filter_map(|implied| {
            let shape = analyze(&implied.sql, catalog).ok()?;
            let brief = format!("check of {} when a row is deleted: {}", implied.constraint, implied.sql);
            let source = Source { sql: implied.sql, calls: source.rows.or(source.calls), ..Source::default() };
            Some(Analysed { source, shape, brief })
        })
        .collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
