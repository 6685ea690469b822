//! Why the store could not do it.

use std::path::PathBuf;

/// Everything that can go wrong between a caller and the stored state.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The text names no place for state.
    #[error("{0} is no place for state: use a file path, sqlite:///path/state.db or postgres://host/database")]
    Url(String),
    /// The folder or file cannot be created or opened.
    #[error("cannot open the state file {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system or SQLite said.
        reason: String,
    },
    /// The file system or the server accepts no writes.
    #[error("the state in {place} is read-only: nothing was written")]
    ReadOnly {
        /// File or server.
        place: String,
    },
    /// No room is left.
    #[error("the disk that holds the state in {place} is full: nothing was written")]
    Full {
        /// File or server.
        place: String,
    },
    /// The file is not a database, or a damaged one. It is left as it is.
    #[error(
        "the state in {place} is damaged or not a state file; it was left untouched: restore a backup, or save what can be \
         read with `sqlite3 {place} .recover | sqlite3 recovered.db` and put the result in its place"
    )]
    Corrupt {
        /// The file.
        place: String,
    },
    /// A later version wrote it.
    #[error("the state in {place} has schema version {found}, this program knows up to {known}: use a newer dbwright")]
    Newer {
        /// File or server.
        place: String,
        /// Version found.
        found: i64,
        /// Highest version known here.
        known: i64,
    },
    /// Another process held the write lock for too long.
    #[error("the state in {place} was locked by another process for too long")]
    Busy {
        /// File or server.
        place: String,
    },
    /// The state server cannot be reached, or refused the connection.
    #[error("cannot reach the state server {place}: {reason}")]
    Unreachable {
        /// Host and database, without credentials.
        place: String,
        /// What went wrong.
        reason: String,
    },
    /// The role may not do this.
    #[error("the role lacks a privilege on the state in {place}: {reason}")]
    Privilege {
        /// Server.
        place: String,
        /// The server's message.
        reason: String,
    },
    /// There is no such thing.
    #[error("no {what} `{id}`")]
    NotFound {
        /// session, learning, task, …
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// It exists already.
    #[error("{what} `{id}` exists already")]
    Exists {
        /// session, …
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Another living process works in it.
    #[error("session `{id}` is in use by {by}: end it there, or begin another session")]
    InUse {
        /// The session.
        id: String,
        /// The process.
        by: String,
    },
    /// A prefix fits more than one.
    #[error("`{prefix}` fits {count} {what}s: give more characters")]
    Ambiguous {
        /// session, learning, …
        what: &'static str,
        /// What was asked for.
        prefix: String,
        /// How many fit, counted up to a bound.
        count: usize,
    },
    /// The write gate said no.
    #[error("not saved: {0}")]
    Refused(String),
    /// The lease ran out and somebody else has the work now; the write was not made.
    #[error("the lease on {what} `{id}` was lost: another worker has it, nothing was written")]
    LeaseLost {
        /// task or target.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A stored or given value is not what it must be.
    #[error("{0}")]
    Value(String),
    /// A file of an export could not be written or read.
    #[error("cannot use {}: {reason}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said, or what is wrong with the content.
        reason: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else that the database reported.
    #[error("the state in {place} reported: {reason}")]
    Database {
        /// File or server.
        place: String,
        /// The database's message.
        reason: String,
    },
}
