//! A migration file as the linter sees it.

use serde::{Deserialize, Serialize};

/// How the statements of a file meet the server's transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// The runner wraps the file in `BEGIN` and `COMMIT`.
    File,
    /// The runner adds no transaction but sends the file as one simple query: several statements
    /// share an implicit transaction all the same.
    OneQuery,
    /// Every statement is sent and committed by itself, as `psql -f` does; only `BEGIN` in the
    /// file opens a transaction.
    #[default]
    Statement,
}

/// One migration file, up direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Path as findings should show it.
    pub path: String,
    /// The SQL that the up direction runs; line numbers are those of the file.
    pub sql: String,
    /// How it is sent.
    pub transactional: TransactionMode,
}

impl Script {
    /// A script whose statements are sent one by one.
    pub fn new(path: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { path: path.into(), sql: sql.into(), transactional: TransactionMode::Statement }
    }

    /// The same script under another transaction mode.
    #[must_use]
    pub fn transactional(mut self, mode: TransactionMode) -> Self {
        self.transactional = mode;
        self
    }
}
