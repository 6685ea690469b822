//! Reads a database into a [`Snapshot`]: set-based catalog queries, each in its own guarded
//! read-only transaction.
//!
//! The order is fixed: what is short-lived (sessions, locks) comes first, because a health check
//! is needed most when the database is in trouble. A part that cannot be read is skipped with its
//! reason; only a lost connection ends the reading. Every query names its columns after the
//! fields of the snapshot's own types, so that neither can drift from the other unnoticed.

mod activity;
mod objects;
mod reader;
mod relations;
mod row;
mod security;
mod server;
mod statements;

use std::collections::BTreeSet;

use dbwright_checks::{Part, Snapshot};

use crate::{Database, PgError};
use reader::Reader;

/// Reads the given parts of a database; all others stay unasked for.
///
/// # Errors
/// Fails only when the server cannot be reached or the connection is lost: everything else is a
/// gap in the snapshot.
pub async fn snapshot(database: &Database, parts: &[Part]) -> Result<Snapshot, PgError> {
    let reader = Reader::new(database).await?;
    let mut snapshot = Snapshot::default();
    for part in parts.iter().copied().collect::<BTreeSet<Part>>() {
        match part {
            Part::Activity => activity::read(&reader, &mut snapshot).await?,
            Part::Server => server::read(&reader, &mut snapshot).await?,
            Part::Replication => activity::read_replication(&reader, &mut snapshot).await?,
            Part::Databases => server::read_databases(&reader, &mut snapshot).await?,
            Part::Tables => relations::read_tables(&reader, &mut snapshot).await?,
            Part::Indexes => relations::read_indexes(&reader, &mut snapshot).await?,
            Part::Columns => objects::read_columns(&reader, &mut snapshot).await?,
            Part::Constraints => objects::read_constraints(&reader, &mut snapshot).await?,
            Part::Sequences => objects::read_sequences(&reader, &mut snapshot).await?,
            Part::Security => security::read(&reader, &mut snapshot).await?,
            Part::Extensions => security::read_extensions(&reader, &mut snapshot).await?,
            Part::Statements => statements::read(&reader, &mut snapshot).await?,
        }
    }
    Ok(snapshot)
}
