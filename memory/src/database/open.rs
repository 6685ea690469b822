//! Opening either database, and what its errors mean.

use std::{fs, io, path::Path, str::FromStr, time::Duration};

use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, Connection, Executor,
    error::ErrorKind,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Backend, Database, migrate};
use crate::{StoreError, StoreUrl};

/// How long a writer waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(15);
/// How long a server may take to answer at all.
const CONNECT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 6;

impl Database {
    /// Opens the state, creates what is missing, migrates what is old.
    pub(crate) async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let database = match url {
            StoreUrl::File(path) => file(path).await?,
            StoreUrl::Postgres(secret) => postgres(url.to_string(), secret.expose_secret()).await?,
        };
        migrate::run(&database).await?;
        Ok(database)
    }

    /// A database in this process's memory.
    pub(crate) async fn in_memory() -> Result<Self, StoreError> {
        let place = "memory".to_owned();
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true).disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(|error| translate(&place, error))?;
        let database = Self { place, backend: Backend::Sqlite { write: pool.clone(), read: pool, volatile: true } };
        migrate::run(&database).await?;
        Ok(database)
    }
}

async fn file(path: &Path) -> Result<Database, StoreError> {
    create_private(path).map_err(|error| open_failed(path, &error))?;
    let place = path.display().to_string();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: the log is synced at every commit, so that what was acknowledged survives a power loss.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .disable_statement_logging();
    let pool = |size| SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None);
    let write = pool(1).connect_with(options.clone()).await.map_err(|error| translate(&place, error))?;
    let read = pool(READERS).connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Database { place, backend: Backend::Sqlite { write, read, volatile: false } })
}

/// Creates the folders (0700) and the file (0600) where they are missing. SQLite gives its log
/// files the mode of the main file.
fn create_private(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent
        && !parent.exists()
    {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(parent)?;
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn open_failed(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { place: path.display().to_string() },
        io::ErrorKind::StorageFull => StoreError::Full { place: path.display().to_string() },
        _ => StoreError::Open { path: path.to_owned(), reason: error.to_string() },
    }
}

async fn postgres(place: String, url: &str) -> Result<Database, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url(format!("`{place}` (not a valid PostgreSQL URL)")))?
        .application_name("dbwright-state")
        .disable_statement_logging();
    // The pool would try again and again and then only say that it took too long.
    let first = tokio::time::timeout(CONNECT, options.connect()).await;
    let first = first.map_err(|_| StoreError::Unreachable {
        place: place.clone(),
        reason: format!("no answer within {} s", CONNECT.as_secs()),
    })?;
    first.map_err(|error| translate(&place, error))?.close().await.map_err(|error| translate(&place, error))?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(20))
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(
                        "SET search_path TO dbwright, public; SET synchronous_commit TO on; \
                         SET client_min_messages TO warning; SET lock_timeout TO '15s'",
                    )
                    .await
                    .map(drop)
            })
        })
        .connect_lazy_with(options);
    Ok(Database { place, backend: Backend::Postgres(pool) })
}

/// Says what a driver's error means.
pub(super) fn translate(place: &str, error: sqlx::Error) -> StoreError {
    let place = place.to_owned();
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default().into_owned();
            let reason = error.message().to_owned();
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => sqlite_error(place, &code, reason),
                None => postgres_error(place, &code, reason, error.kind()),
            }
        }
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => StoreError::Closed,
        sqlx::Error::PoolTimedOut => StoreError::Busy { place },
        sqlx::Error::Io(error) => StoreError::Unreachable { place, reason: error.to_string() },
        sqlx::Error::Tls(error) => StoreError::Unreachable { place, reason: error.to_string() },
        other => StoreError::Database { place, reason: other.to_string() },
    }
}

fn sqlite_error(place: String, code: &str, reason: String) -> StoreError {
    // The low byte is the primary result code, the rest says which call it was.
    match code.parse::<i32>().unwrap_or(1) & 0xff {
        5 | 6 => StoreError::Busy { place },
        8 => StoreError::ReadOnly { place },
        11 | 26 => StoreError::Corrupt { place },
        13 => StoreError::Full { place },
        14 => StoreError::Open { path: place.into(), reason },
        _ => StoreError::Database { place, reason },
    }
}

fn postgres_error(place: String, code: &str, reason: String, kind: ErrorKind) -> StoreError {
    match (code, kind) {
        ("53100", _) => StoreError::Full { place },
        ("25006", _) => StoreError::ReadOnly { place },
        ("42501", _) => StoreError::Privilege { place, reason },
        ("55P03", _) => StoreError::Busy { place },
        (code, _) if code.starts_with("28") || code.starts_with("08") || code.starts_with("57P") || code == "3D000" => {
            StoreError::Unreachable { place, reason }
        }
        _ => StoreError::Database { place, reason },
    }
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
