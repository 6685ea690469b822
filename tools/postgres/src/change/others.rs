//! Other sessions: who stands in our way, and in whose way we stand.

use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// A session, as far as a person needs to find it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Other {
    /// Process id; `None` for a prepared transaction.
    pub(super) pid: Option<i32>,
    who: String,
    state: String,
    age_s: f64,
    query: String,
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { who, state, query, .. } = self;
        match self.pid {
            Some(pid) => write!(f, "session {pid} ({who}, {state}, its transaction open for {})", age(self.age_s))?,
            None => write!(f, "prepared transaction {who}, open for {}", age(self.age_s))?,
        }
        if query.is_empty() { Ok(()) } else { write!(f, ": {}", dbwright_sql::brief(query, 80)) }
    }
}

/// Several sessions in a sentence.
pub(super) fn named(others: &[Other]) -> String {
    const MOST: usize = 3;
    let mut text = others.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if others.len() > MOST {
        text.push_str(&format!("; and {} more", others.len() - MOST));
    }
    text
}

fn age(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

/// What the server tells of our backend while it works.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Look {
    /// `building index: scanning table`.
    pub(super) phase: Option<String>,
    /// Percent of the phase, where it counts.
    pub(super) percent: Option<f64>,
    /// Whom we wait for.
    pub(super) waits_for: Vec<Other>,
    /// Who waits for us.
    pub(super) blocks: Vec<Other>,
}

/// Looks at the backend `pid`.
pub(super) async fn look(database: &Database, pid: i32) -> Result<Look, PgError> {
    let mut probe = database.probe().await?;
    let Json(look): Json<Look> = sqlx::query_scalar(LOOK).bind(pid).fetch_one(probe.connection()).await?;
    probe.finish().await;
    Ok(look)
}

/// Transactions that a concurrent build of this table would wait for. `any_lock` counts readers
/// too: dropping an index waits for everybody who uses the table.
pub(super) async fn older_transactions(database: &Database, table: i64, any_lock: bool) -> Result<Vec<Other>, PgError> {
    let mut probe = database.probe().await?;
    let Json(found): Json<Vec<Other>> =
        sqlx::query_scalar(OLDER).bind(table).bind(any_lock).fetch_one(probe.connection()).await?;
    probe.finish().await;
    Ok(found)
}

const LOOK: &str = "
WITH other AS (
    SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename::text, a.backend_type) AS who,
           coalesce(a.state, a.backend_type) AS state,
           coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS age_s,
           coalesce(left(a.query, 400), '') AS query, a.wait_event_type, a.backend_type
    FROM pg_stat_activity a WHERE a.pid <> $1 AND a.pid <> pg_backend_pid()),
progress AS (
    SELECT phase, blocks_done::float8 AS done, blocks_total::float8 AS total FROM pg_stat_progress_create_index WHERE pid = $1
    UNION ALL
    SELECT phase, heap_blks_scanned::float8, heap_blks_total::float8 FROM pg_stat_progress_vacuum WHERE pid = $1
    UNION ALL
    SELECT phase, sample_blks_scanned::float8, sample_blks_total::float8 FROM pg_stat_progress_analyze WHERE pid = $1)
SELECT /* dbwright */ json_build_object(
    'phase', (SELECT phase FROM progress LIMIT 1),
    'percent', (SELECT CASE WHEN total > 0 THEN round((done / total * 100)::numeric)::float8 END FROM progress LIMIT 1),
    'waits_for', coalesce((SELECT json_agg(o) FROM (
        SELECT pid, who, state, age_s, query FROM other WHERE pid = ANY (pg_blocking_pids($1))
        UNION ALL
        SELECT NULL, p.gid, 'prepared', extract(epoch FROM clock_timestamp() - p.prepared)::float8, ''
        FROM pg_prepared_xacts p WHERE 0 = ANY (pg_blocking_pids($1))) o), '[]'::json),
    'blocks', coalesce((SELECT json_agg(o) FROM (
        SELECT pid, who, state, age_s, query FROM other
        WHERE wait_event_type = 'Lock' AND backend_type = 'client backend' AND $1 = ANY (pg_blocking_pids(pid))) o), '[]'::json))";

/// Older than two seconds: what is younger ends by itself, or the build waits for it briefly.
const OLDER: &str = "
SELECT /* dbwright */ coalesce(json_agg(o), '[]'::json) FROM (
    SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename::text, a.backend_type) AS who,
           coalesce(a.state, a.backend_type) AS state,
           extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s,
           coalesce(left(a.query, 400), '') AS query
    FROM pg_stat_activity a
    WHERE a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
      AND a.datname = current_database() AND a.xact_start < clock_timestamp() - interval '2 s'
      AND (a.backend_xmin IS NOT NULL
           OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation'
                        AND l.relation = $1::oid AND ($2 OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))))
    UNION ALL
    SELECT NULL, p.gid, 'prepared', extract(epoch FROM clock_timestamp() - p.prepared)::float8, ''
    FROM pg_prepared_xacts p WHERE p.database = current_database()
      AND EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = $1::oid AND l.pid IS NULL)
    ORDER BY age_s DESC) o";
