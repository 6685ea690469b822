//! Work that runs, logical subscriptions, and what the configuration files and overrides say.

use serde::{Deserialize, Serialize};

/// A maintenance command that reports its progress.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Process id.
    pub pid: i32,
    /// `VACUUM`, `CREATE INDEX`, `ANALYZE`, `CLUSTER`, ...
    pub command: String,
    /// The table, where it is one of this database.
    pub relation: Option<String>,
    /// The phase as the server spells it.
    pub phase: String,
    /// Blocks or tuples done in this phase.
    pub done: i64,
    /// Blocks or tuples of this phase; zero when unknown.
    pub total: i64,
    /// The session that it waits for, if its phase waits.
    pub waits_for: Option<i32>,
}

/// A subscription of logical replication in this database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// Name: what `ALTER SUBSCRIPTION` takes.
    pub name: String,
    /// Told to run.
    pub enabled: bool,
    /// Its apply worker runs.
    pub running: bool,
    /// Tables whose first copy has not finished.
    pub tables_not_ready: i64,
    /// Errors of the apply worker since the counters were reset (15+).
    pub apply_errors: Option<i64>,
    /// Seconds since the last message of the publisher.
    pub last_message_age_s: Option<f64>,
}

/// A line of a configuration file that the server cannot use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: i32,
    /// The setting, if the line is about one.
    pub name: Option<String>,
    /// What the server says.
    pub error: String,
}

/// A setting that differs for one role, one database or one role in one database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Override {
    /// The role; `None` for all roles.
    pub role: Option<String>,
    /// The database; `None` for all databases.
    pub database: Option<String>,
    /// The setting.
    pub name: String,
    /// Its value as written.
    pub value: String,
}

/// Counters of reads and writes that the whole server shares.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SharedIo {
    /// Seconds since the counters were reset.
    pub stats_age_s: Option<f64>,
    /// Files that client backends had to flush themselves.
    pub backend_fsyncs: i64,
    /// Pages of the buffer cache written by client backends (16+).
    pub backend_writes: Option<i64>,
    /// Pages written by the background writer and the checkpointer (16+).
    pub background_writes: Option<i64>,
}

/// One of the small caches beside the buffer cache (`pg_stat_slru`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlruCache {
    /// Name as the server spells it.
    pub name: String,
    /// Pages found.
    pub hit: i64,
    /// Pages read from disk.
    pub read: i64,
}
