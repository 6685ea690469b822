//! What keeps the demo from starting.

use std::{io, path::PathBuf};

use dbwright_postgres::PgError;
use dbwright_redis::RedisError;
use dbwright_servers::ServersError;

/// A failure of the demo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// No server, or it does not start or stop.
    #[error(transparent)]
    Servers(#[from] ServersError),
    /// The shop's database could not be filled.
    #[error("the demo's database could not be set up: {0}")]
    Database(#[from] PgError),
    /// The shop's Redis could not be filled.
    #[error("the demo's Redis could not be filled: {0}")]
    Redis(#[from] RedisError),
    /// No random bytes for a password.
    #[error("the demo's Redis user could not be made: {0}")]
    Password(#[source] io::Error),
    /// The folder for the repository holds something else.
    #[error("{} is not empty and was not written by the demo; pass --repository DIR with a new folder", .0.display())]
    Occupied(PathBuf),
    /// A file of the repository could not be written.
    #[error("cannot write {}: {source}; pass --repository DIR with another folder", .path.display())]
    Repository {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}
