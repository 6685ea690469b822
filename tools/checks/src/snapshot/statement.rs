//! What `pg_stat_statements` knows of this database.

use serde::{Deserialize, Serialize};

/// The top statements and what surrounds them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Statements {
    /// Top statements by time, calls, temporary blocks and blocks read, in order of total time.
    pub items: Vec<Statement>,
    /// Execution time of all statements of this database.
    pub total_ms: f64,
    /// Calls of all statements of this database.
    pub total_calls: i64,
    /// Entries of this database.
    pub count: i64,
    /// Entries whose text the viewer may not read.
    pub hidden: i64,
    /// Times that the least used entries were thrown out (14+).
    pub evictions: Option<i64>,
    /// `pg_stat_statements.max`.
    pub max: Option<i64>,
    /// Seconds since the counters were reset (14+).
    pub reset_age_s: Option<f64>,
}

/// One normalized statement, summed over roles.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// `queryid` as text.
    pub query_id: String,
    /// Normalized text (`$1` for literals), clipped.
    pub query: String,
    /// Executions.
    pub calls: i64,
    /// Execution time of all of them.
    pub total_ms: f64,
    /// Mean execution time.
    pub mean_ms: f64,
    /// Standard deviation of the execution time.
    pub stddev_ms: f64,
    /// Slowest execution.
    pub max_ms: f64,
    /// Rows returned or changed.
    pub rows: i64,
    /// Shared blocks found in the cache.
    pub shared_hit: i64,
    /// Shared blocks read from outside.
    pub shared_read: i64,
    /// Temporary blocks written: sorts and hashes that did not fit.
    pub temp_written: i64,
    /// WAL bytes written.
    pub wal_bytes: i64,
}

impl Statement {
    /// Rows per call.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn rows_per_call(&self) -> f64 {
        if self.calls > 0 { self.rows as f64 / self.calls as f64 } else { 0.0 }
    }
}
