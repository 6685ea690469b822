//! The card of an index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{PgError, Probe};

/// Everything about one index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexCard {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// The whole CREATE INDEX.
    pub definition: String,
    /// UNIQUE.
    pub unique: bool,
    /// False after a failed concurrent build: it costs writes and serves no query.
    pub valid: bool,
    /// The constraint behind which it stands.
    pub constraint: Option<String>,
    /// Whether logical replication identifies rows by it.
    pub replica_identity: bool,
    /// Size; as of the last vacuum while somebody has it locked.
    pub bytes: i64,
    /// Entries by the statistics.
    pub estimated_entries: Option<i64>,
    /// Scans since the statistics were reset.
    pub scans: Option<i64>,
    /// Entries returned by those scans.
    pub entries_read: Option<i64>,
    /// The last scan (PostgreSQL 16 and later).
    pub last_scan: Option<String>,
    /// When the statistics of the database were reset.
    pub stats_reset: Option<String>,
    /// COMMENT ON it.
    pub comment: Option<String>,
}

pub(super) async fn read(probe: &mut Probe, oid: i64) -> Result<Option<IndexCard>, PgError> {
    // `to_jsonb(s) ->>` reads a column that older versions do not have.
    let card: Option<Json<IndexCard>> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(card) FROM (SELECT
            n.nspname AS schema, c.relname AS name, format('%I.%I', tn.nspname, t.relname) AS table,
            CASE WHEN x.locked THEN '(not readable while the table is locked)' ELSE pg_get_indexdef(c.oid) END AS definition, i.indisunique AS unique, i.indisvalid AND i.indisready AS valid,
            (SELECT k.conname FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') LIMIT 1) AS constraint,
            i.indisreplident AS replica_identity,
            CASE WHEN c.relkind = 'I' THEN 0
                 WHEN x.locked
                 THEN c.relpages::int8 * current_setting('block_size')::int8 ELSE pg_relation_size(c.oid) END AS bytes,
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 END AS estimated_entries,
            s.idx_scan AS scans, s.idx_tup_read AS entries_read, to_jsonb(s) ->> 'last_idx_scan' AS last_scan,
            (SELECT d.stats_reset::text FROM pg_stat_database d WHERE d.datname = current_database()) AS stats_reset,
            obj_description(c.oid, 'pg_class') AS comment
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
         -- pg_get_indexdef and pg_relation_size would wait for the lock.
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_locks l WHERE l.relation IN (c.oid, t.oid)
             AND l.mode = 'AccessExclusiveLock' AND l.locktype = 'relation') AS locked) x
         LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = c.oid
         WHERE c.oid = $1::int8::oid) card",
    )
    .bind(oid)
    .fetch_optional(probe.connection())
    .await?;
    Ok(card.map(|Json(card)| card))
}
