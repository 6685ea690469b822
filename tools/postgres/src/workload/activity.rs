//! What runs now: the substitute where statements are not recorded.

use std::{collections::BTreeMap, time::Duration};

use dbwright_sql::{normalize, redact_literals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Database, PgError};

/// Looks at the sessions, and the pause between two of them.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// A statement seen running. Literals are replaced by placeholders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningStatement {
    /// The normalised text.
    pub query: String,
    /// In how many session-looks it was seen.
    pub seen: u32,
    /// Looks in all.
    pub looks: u32,
    /// The longest that it had been running.
    pub longest_seconds: f64,
    /// What it waited for at its last sight: `Lock: relation`; `None` when it was working.
    pub wait: Option<String>,
}

#[derive(Deserialize)]
struct Sight {
    query: String,
    seconds: f64,
    wait: Option<String>,
}

/// Statements that were active in some of a few looks, most seen first; and how many sessions
/// hid theirs.
pub(super) async fn sample(database: &Database, limit: usize) -> Result<(Vec<RunningStatement>, i64), PgError> {
    let mut seen: BTreeMap<String, RunningStatement> = BTreeMap::new();
    let mut hidden = 0;
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let (sights, unseen) = look_once(database).await?;
        hidden = hidden.max(unseen);
        for sight in sights {
            let query = normalize(&sight.query).unwrap_or_else(|_| redact_literals(&sight.query));
            let entry = seen.entry(query.clone()).or_insert(RunningStatement {
                query,
                seen: 0,
                looks: LOOKS,
                longest_seconds: 0.0,
                wait: None,
            });
            entry.seen += 1;
            entry.longest_seconds = entry.longest_seconds.max(sight.seconds);
            entry.wait = sight.wait;
        }
    }
    let mut statements: Vec<RunningStatement> = seen.into_values().collect();
    statements.sort_by(|a, b| b.seen.cmp(&a.seen).then(b.longest_seconds.total_cmp(&a.longest_seconds)));
    statements.truncate(limit);
    Ok((statements, hidden))
}

async fn look_once(database: &Database) -> Result<(Vec<Sight>, i64), PgError> {
    // A transaction of its own: inside one, pg_stat_activity may be a snapshot that stands still.
    let mut probe = database.probe().await?;
    let Json(sights): Json<Vec<Sight>> = sqlx::query_scalar(
        "SELECT /* dbwright */ coalesce(json_agg(s), '[]') FROM (
             SELECT query, round(extract(epoch FROM clock_timestamp() - query_start)::numeric, 3)::float8 AS seconds,
                    wait_event_type || ': ' || wait_event AS wait
             FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend'
               AND application_name <> 'dbwright' AND pid <> pg_backend_pid() AND query <> '' LIMIT 500) s",
    )
    .fetch_one(probe.connection())
    .await?;
    let hidden: i64 = sqlx::query_scalar(
        "SELECT /* dbwright */ count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = '<insufficient privilege>'",
    )
    .fetch_one(probe.connection())
    .await?;
    probe.finish().await;
    Ok((sights, hidden))
}
