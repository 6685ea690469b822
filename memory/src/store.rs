//! The store: one handle on everything that outlives a session.

use std::sync::Arc;

use dbwright_contract::Redactor;

use crate::{
    StoreError, StoreUrl,
    database::Database,
    journal::{JournalWriter, Owner, keep_claims},
};

/// The state of one installation. Cheap to clone; all clones share one set of connections and
/// one journal writer.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) database: Arc<Database>,
    pub(crate) journal: JournalWriter,
    pub(crate) redactor: Arc<Redactor>,
    /// This process, in whose name sessions are held.
    pub(crate) owner: Arc<Owner>,
}

impl Store {
    /// Opens the state at `url`, creating the file or the schema where there is none, and
    /// bringing an older schema up to date. `redactor` cleans everything that is written.
    ///
    /// # Errors
    /// Says which of file system, disk, damage, version, server or privilege is in the way.
    pub async fn open(url: &StoreUrl, redactor: Redactor) -> Result<Self, StoreError> {
        Ok(Self::over(Database::open(url).await?, redactor))
    }

    /// A store without a file: what is written is gone when the last clone is dropped. For tests,
    /// and for callers that choose to go on where no state can be kept.
    ///
    /// # Errors
    /// Only if SQLite itself fails to start.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self::over(Database::in_memory().await?, Redactor::new()))
    }

    fn over(database: Database, redactor: Redactor) -> Self {
        let database = Arc::new(database);
        let journal = JournalWriter::spawn(Arc::clone(&database));
        let owner = Arc::new(Owner::this_process());
        keep_claims(&database, &owner);
        Self { database, journal, redactor: Arc::new(redactor), owner }
    }

    /// Where the state is, without credentials: for messages.
    pub fn place(&self) -> &str {
        self.database.place()
    }

    /// Whether the state is gone when the process ends.
    pub fn is_volatile(&self) -> bool {
        self.database.is_volatile()
    }

    /// Closes the connections after what is under way; every later call fails as closed.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
