//! Sessions, what they wait for, and who else holds back the xmin horizon.

use serde::{Deserialize, Serialize};

/// One backend, our own excluded.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Process id: what `pg_terminate_backend` takes.
    pub pid: i32,
    /// Role; `None` when the viewer may not see it.
    pub user: Option<String>,
    /// Database; `None` for background processes.
    pub database: Option<String>,
    /// `application_name`.
    pub application: String,
    /// Client address.
    pub client: Option<String>,
    /// `client backend`, `autovacuum worker`, `walsender`, ...
    pub backend_type: String,
    /// `active`, `idle`, `idle in transaction`, ...; `None` when hidden.
    pub state: Option<String>,
    /// Class of the wait event.
    pub wait_event_type: Option<String>,
    /// The wait event.
    pub wait_event: Option<String>,
    /// Seconds since the transaction began.
    pub xact_age_s: Option<f64>,
    /// Seconds since the current or last statement began.
    pub query_age_s: Option<f64>,
    /// Seconds in the current state.
    pub state_age_s: Option<f64>,
    /// `age(backend_xid)`.
    pub xid_age: Option<i64>,
    /// `age(backend_xmin)`: how many transactions' dead rows it keeps.
    pub xmin_age: Option<i64>,
    /// The current or last statement, clipped, literals removed where it parses.
    pub query: String,
    /// Pids that it waits for (`pg_blocking_pids`).
    pub blocked_by: Vec<i32>,
    /// The lock that it waits for.
    pub waiting_for: Option<LockWait>,
    /// Advisory locks that it holds.
    pub advisory_locks: i64,
}

impl Session {
    /// Whether a client runs it (not a background process).
    pub fn is_client(&self) -> bool {
        self.backend_type == "client backend"
    }
}

/// A lock that was asked for and not granted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LockWait {
    /// `relation`, `transactionid`, `tuple`, `advisory`, ...
    pub kind: String,
    /// Mode as `pg_locks` spells it.
    pub mode: String,
    /// The relation, where the lock is on one of this database.
    pub relation: Option<String>,
    /// Seconds in the queue (14+).
    pub wait_s: Option<f64>,
}

/// A transaction prepared for two-phase commit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PreparedTransaction {
    /// Global id: what `ROLLBACK PREPARED` takes.
    pub gid: String,
    /// Who prepared it.
    pub owner: String,
    /// In which database.
    pub database: String,
    /// Seconds since then.
    pub age_s: f64,
    /// `age(transaction)`.
    pub xid_age: i64,
}

/// A replication slot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// Name: what `pg_drop_replication_slot` takes.
    pub name: String,
    /// `physical` or `logical`.
    pub kind: String,
    /// Output plugin of a logical slot.
    pub plugin: Option<String>,
    /// Database of a logical slot.
    pub database: Option<String>,
    /// Whether a receiver uses it now.
    pub active: bool,
    /// Vanishes with its session.
    pub temporary: bool,
    /// WAL that it keeps from being removed.
    pub retained_bytes: Option<i64>,
    /// `reserved`, `extended`, `unreserved`, `lost`.
    pub wal_status: Option<String>,
    /// WAL that may still be written before the slot is lost (with `max_slot_wal_keep_size`).
    pub safe_wal_bytes: Option<i64>,
    /// `age(xmin)`.
    pub xmin_age: Option<i64>,
    /// `age(catalog_xmin)`.
    pub catalog_xmin_age: Option<i64>,
    /// Seconds since the last receiver left (17+).
    pub inactive_age_s: Option<f64>,
}

/// A connected WAL receiver.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Standby {
    /// Pid of its walsender.
    pub pid: i32,
    /// `application_name`.
    pub application: String,
    /// Client address.
    pub client: Option<String>,
    /// `streaming`, `catchup`, `backup`, ...
    pub state: Option<String>,
    /// `async`, `sync`, `quorum`, `potential`.
    pub sync_state: Option<String>,
    /// WAL that it has not replayed.
    pub lag_bytes: Option<i64>,
    /// Seconds of that lag.
    pub lag_s: Option<f64>,
    /// `age(backend_xmin)` sent by `hot_standby_feedback`.
    pub xmin_age: Option<i64>,
}
