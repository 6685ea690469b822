//! What an adapter reads from one database, as plain values.
//!
//! All times are ages in seconds that the server computed, so that nothing here needs a clock.
//! Every part is a [`Probe`]: read, skipped with a reason, or not asked for.

mod activity;
mod probe;
mod relation;
mod security;
mod server;
mod statement;

pub use activity::{LockWait, PreparedTransaction, Session, Slot, Standby};
pub use probe::Probe;
pub use relation::{
    Column, ColumnStats, Constraint, ConstraintKind, Index, IndexKey, Reference, Sequence, SequenceOwner, Table,
    TableActivity, TableKind,
};
pub use security::{DefinerFunction, Policy, PolicyFunction, SchemaGrant};
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
    /// Transactions prepared for two-phase commit.
    pub prepared: Probe<Vec<PreparedTransaction>>,
    /// Replication slots.
    pub slots: Probe<Vec<Slot>>,
    /// Connected standbys and other WAL receivers.
    pub standbys: Probe<Vec<Standby>>,
    /// WAL archiving.
    pub archiver: Probe<Archiver>,
    /// Checkpoint counters.
    pub checkpoints: Probe<Checkpoints>,
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
