//! A writing transaction on either database.

use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use super::{Arg, Database, Dialect, Row, row};
use crate::StoreError;

/// Rolls back when dropped without [`Transaction::commit`].
pub(crate) struct Transaction<'d> {
    database: &'d Database,
    inner: Inner,
}

enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl<'d> Transaction<'d> {
    pub(super) fn sqlite(database: &'d Database, inner: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self { database, inner: Inner::Sqlite(inner) }
    }

    pub(super) fn postgres(database: &'d Database, inner: sqlx::Transaction<'static, Postgres>) -> Self {
        Self { database, inner: Inner::Postgres(inner) }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// Rows of a statement, usually of its RETURNING.
    pub(crate) async fn fetch(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        let sql = AssertSqlSafe(self.dialect().render(sql));
        match &mut self.inner {
            Inner::Sqlite(inner) => {
                let rows = sqlx::query_with(sql, row::sqlite_arguments(args)?).fetch_all(&mut **inner).await;
                rows.map_err(|error| self.database.error(error))?.iter().map(Row::from_sqlite).collect()
            }
            Inner::Postgres(inner) => {
                let rows = sqlx::query_with(sql, row::postgres_arguments(args)?).fetch_all(&mut **inner).await;
                rows.map_err(|error| self.database.error(error))?.iter().map(Row::from_postgres).collect()
            }
        }
    }

    /// The first row, if any.
    pub(crate) async fn fetch_first(&mut self, sql: &str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Runs a statement; returns how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(self.dialect().render(sql));
        let done = match &mut self.inner {
            Inner::Sqlite(inner) => sqlx::query_with(sql, row::sqlite_arguments(args)?)
                .execute(&mut **inner)
                .await
                .map(|done| done.rows_affected()),
            Inner::Postgres(inner) => sqlx::query_with(sql, row::postgres_arguments(args)?)
                .execute(&mut **inner)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|error| self.database.error(error))
    }

    /// Runs a script of several statements without parameters.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = match &mut self.inner {
            Inner::Sqlite(inner) => sqlx::raw_sql(sql).execute(&mut **inner).await.map(drop),
            Inner::Postgres(inner) => sqlx::raw_sql(sql).execute(&mut **inner).await.map(drop),
        };
        done.map_err(|error| self.database.error(error))
    }

    /// Makes it durable. When this returns, it is on disk.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Sqlite(inner) => inner.commit().await,
            Inner::Postgres(inner) => inner.commit().await,
        }
        .map_err(|error| self.database.error(error))
    }
}
