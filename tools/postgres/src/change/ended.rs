//! Who a process id is right now.

use chrono::{DateTime, Utc};

use crate::{Database, PgError};

/// A session, as exactly as it can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionStart {
    /// `backend_start` with its microseconds: with the process id, a name for ever.
    pub backend_start: String,
    /// The same as a time.
    pub started: DateTime<Utc>,
    /// Who it is, for the person who decides.
    pub words: String,
}

/// The client session that has this process id; `None` when there is none.
///
/// # Errors
/// When the server cannot be asked.
pub async fn session_start(database: &Database, pid: i32) -> Result<Option<SessionStart>, PgError> {
    let mut probe = database.probe().await?;
    let row: Option<(String, DateTime<Utc>, String)> = sqlx::query_as(
        "SELECT /* dbwright */ to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), backend_start,
           concat_ws(', ', usename, nullif(application_name, ''), client_addr::text, state,
             'connected since ' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
             'last statement: ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 120))
         FROM pg_stat_activity WHERE pid = $1 AND backend_type = 'client backend'",
    )
    .bind(pid)
    .fetch_optional(probe.connection())
    .await?;
    probe.finish().await;
    Ok(row.map(|(backend_start, started, words)| SessionStart { backend_start, started, words }))
}
