//! A copy lent to trials that are no indexes: statistics, ANALYZE, VACUUM, hostile data.

use std::collections::BTreeSet;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Catalog, TableName};
use sqlx::PgConnection;

use super::{ScratchCopy, host::run};
use crate::{Database, DatabaseConfig, PgError, advise::ScratchPlace};

/// A running copy that the borrower changes as it likes. Stopping it removes it.
pub(crate) struct LentCopy(ScratchCopy);

impl LentCopy {
    /// Copies the tables; `Err` in words where that is not possible here.
    pub(crate) async fn make(
        database: &Database,
        cx: &CallCx,
        catalog: &Catalog,
        tables: &BTreeSet<TableName>,
        most_bytes: u64,
    ) -> Result<Result<Self, String>, ToolError> {
        let made = ScratchCopy::create(database, cx, catalog, tables, most_bytes, &ScratchPlace::Auto).await?;
        Ok(made.map(Self))
    }

    /// The copy as the role without privileges sees it, for statements that come from elsewhere.
    pub(crate) fn handle(&self) -> Result<Database, PgError> {
        Database::new(DatabaseConfig::new("scratch", self.0.host.owner.clone()))
    }

    /// Runs one statement of ours as the owner of the copied tables.
    pub(crate) async fn run(&mut self, statement: &str) -> Result<(), PgError> {
        run(&mut self.0.owner, statement).await
    }

    /// The superuser's connection, for the catalog of the copy.
    pub(crate) fn admin(&mut self) -> &mut PgConnection {
        &mut self.0.admin
    }

    /// What the copy lacks, and which tables are there in part.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &String> {
        self.0.notes.iter().chain(&self.0.sampled)
    }

    /// Whether every table is there as a whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.sampled.is_empty()
    }

    /// Removes the copy.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}
