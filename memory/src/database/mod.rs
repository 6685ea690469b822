//! One narrow door to two databases.
//!
//! Statements are written once, with `$1` parameters, and run on both. Where the dialects differ
//! a statement holds a token in braces (see [`Database::render`]). Values are text, integers and
//! reals only: that is what both store alike.

mod migrate;
mod open;
mod row;
mod transaction;

use sqlx::{AssertSqlSafe, Connection, PgPool, SqlSafeStr, Sqlite, SqlitePool, pool::PoolConnection};

pub(crate) use row::{Arg, Row};
pub(crate) use transaction::Transaction;

use crate::StoreError;

/// The longest lease that anybody can hold: an hour.
pub(crate) const LONGEST_LEASE_MS: i64 = 3_600_000;

/// A pool of connections to either database.
#[derive(Debug)]
pub(crate) struct Database {
    place: String,
    backend: Backend,
}

#[derive(Debug)]
enum Backend {
    /// SQLite has one writer at a time: one connection writes, so that writers queue in the pool
    /// instead of polling the file lock. In memory, both pools are the same connection.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        volatile: bool,
    },
    Postgres(PgPool),
}

/// Which of the two, for the few statements that exist twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Replaces the tokens: `{now}` the database's own clock in milliseconds (the only clock that
    /// all workers share), `{skip_locked}` the row lock of a queue, and `{longest_lease}` the
    /// length of the longest lease. One that ends later was given before the clock was set back, and
    /// counts as run out: its end would not come for as long as the clock was wrong.
    fn render(self, sql: &str) -> String {
        let (now, skip_locked) = match self {
            Self::Sqlite => ("CAST(unixepoch('subsec') * 1000 AS INTEGER)", ""),
            Self::Postgres => ("(extract(epoch FROM clock_timestamp()) * 1000)::bigint", "FOR UPDATE SKIP LOCKED"),
        };
        sql.replace("{now}", now)
            .replace("{skip_locked}", skip_locked)
            .replace("{longest_lease}", &LONGEST_LEASE_MS.to_string())
    }
}

impl Database {
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn is_volatile(&self) -> bool {
        matches!(self.backend, Backend::Sqlite { volatile: true, .. })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite { .. } => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn close(&self) {
        match &self.backend {
            Backend::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }

    /// Rows of a reading statement.
    pub(crate) async fn fetch(&self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        let sql = AssertSqlSafe(self.dialect().render(sql));
        match &self.backend {
            Backend::Sqlite { read, .. } => {
                let rows = sqlx::query_with(sql, row::sqlite_arguments(args)?).fetch_all(read).await;
                rows.map_err(|error| self.error(error))?.iter().map(Row::from_sqlite).collect()
            }
            Backend::Postgres(pool) => {
                let rows = sqlx::query_with(sql, row::postgres_arguments(args)?).fetch_all(pool).await;
                rows.map_err(|error| self.error(error))?.iter().map(Row::from_postgres).collect()
            }
        }
    }

    /// The first row, if any.
    pub(crate) async fn fetch_first(&self, sql: &str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Runs one writing statement in a transaction of its own; returns its rows.
    pub(crate) async fn write(&self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = transaction.fetch(sql, args).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Begins a writing transaction. SQLite takes the write lock at once, so that a transaction
    /// that has read never fails for having waited.
    pub(crate) async fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        match &self.backend {
            Backend::Sqlite { write, volatile, .. } => {
                let begin = async {
                    let connection = if *volatile { write.acquire().await? } else { sound(write).await? };
                    sqlx::Transaction::begin(connection, Some("BEGIN IMMEDIATE".into_sql_str())).await
                };
                Ok(Transaction::sqlite(self, begin.await.map_err(|error| self.error(error))?))
            }
            Backend::Postgres(pool) => {
                let inner = pool.begin().await.map_err(|error| self.error(error))?;
                Ok(Transaction::postgres(self, inner))
            }
        }
    }

    /// Says what a database error means for the caller. Messages of the drivers never hold
    /// credentials.
    pub(crate) fn error(&self, error: sqlx::Error) -> StoreError {
        open::translate(&self.place, error)
    }
}

/// A connection without a transaction. After some errors (a full disk, an I/O error) SQLite rolls
/// back by itself; the driver does not notice, fails to roll back again, and from then on takes
/// the connection for busy. Such a connection is replaced.
async fn sound(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    if connection.is_in_transaction() {
        // A rollback may only be under way: the answer to a ping comes after it.
        connection.ping().await?;
        if connection.is_in_transaction() {
            connection.close().await?;
            return pool.acquire().await;
        }
    }
    Ok(connection)
}
