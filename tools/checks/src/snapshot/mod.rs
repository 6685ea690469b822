//! What an adapter reads from one database, as plain values.
//!
//! All times are ages in seconds that the server computed, so that nothing here needs a clock.
//! Every part is a [`Probe`]: read, skipped with a reason, or not asked for.

mod activity;
mod maintenance;
mod probe;
mod relation;
mod security;
mod server;
mod statement;

pub use activity::{LockWait, PreparedTransaction, Session, Slot, Standby};
pub use maintenance::{FileError, Override, Progress, SharedIo, SlruCache, Subscription};
pub use probe::Probe;
pub use relation::{
    Column, ColumnStats, Constraint, ConstraintKind, Index, IndexKey, Reference, Sequence, SequenceOwner, Table,
    TableActivity, TableKind,
};
pub use security::{DefinerFunction, Grant, Policy, PolicyFunction, SchemaGrant, View, ViewKind};
pub use server::{Archiver, Checkpoints, CollationVersion, DatabaseFacts, Extension, Server, Setting, Settings};
pub use statement::{Statement, Statements};

use serde::{Deserialize, Serialize};

/// One database at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Version, uptime, age of the statistics.
    pub server: Probe<Server>,
    /// Settings by name.
    pub settings: Probe<Settings>,
    /// Every other session of the server, with what it waits for.
    pub sessions: Probe<Vec<Session>>,
    /// Maintenance commands that run now.
    pub progress: Probe<Vec<Progress>>,
    /// Transactions prepared for two-phase commit.
    pub prepared: Probe<Vec<PreparedTransaction>>,
    /// Replication slots.
    pub slots: Probe<Vec<Slot>>,
    /// Connected standbys and other WAL receivers.
    pub standbys: Probe<Vec<Standby>>,
    /// Subscriptions of this database.
    pub subscriptions: Probe<Vec<Subscription>>,
    /// WAL archiving.
    pub archiver: Probe<Archiver>,
    /// Checkpoint counters.
    pub checkpoints: Probe<Checkpoints>,
    /// Lines of the configuration files that the server cannot use.
    pub file_errors: Probe<Vec<FileError>>,
    /// Settings that differ for a role or a database.
    pub overrides: Probe<Vec<Override>>,
    /// Reads and writes that the whole server shares.
    pub shared_io: Probe<SharedIo>,
    /// The small caches beside the buffer cache.
    pub slru: Probe<Vec<SlruCache>>,
    /// All databases of the server: ages and counters.
    pub databases: Probe<Vec<DatabaseFacts>>,
    /// User tables, partitioned tables and materialized views.
    pub tables: Probe<Vec<Table>>,
    /// Indexes of those tables.
    pub indexes: Probe<Vec<Index>>,
    /// Columns of those tables.
    pub columns: Probe<Vec<Column>>,
    /// Constraints of those tables.
    pub constraints: Probe<Vec<Constraint>>,
    /// User sequences.
    pub sequences: Probe<Vec<Sequence>>,
    /// Row level security policies.
    pub policies: Probe<Vec<Policy>>,
    /// `SECURITY DEFINER` functions that do not belong to an extension.
    pub definer_functions: Probe<Vec<DefinerFunction>>,
    /// Views, materialized views and foreign tables.
    pub views: Probe<Vec<View>>,
    /// What PUBLIC may do in the user schemas.
    pub schema_grants: Probe<Vec<SchemaGrant>>,
    /// Installed extensions.
    pub extensions: Probe<Vec<Extension>>,
    /// Collations whose library version changed since they were recorded.
    pub collations: Probe<Vec<CollationVersion>>,
    /// `pg_stat_statements` of this database.
    pub statements: Probe<Statements>,
    /// What a part that was read still lacks: hidden rows, locked relations, missing grants.
    pub notes: Vec<String>,
}
