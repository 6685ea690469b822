//! Runs SQL that is compiled into the program, on databases that are ours to change: the demo's
//! schema, data and workload.
//!
//! Never for a database under review: nothing here is read-only, bounded or marked as ours.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};

use crate::PgError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A parameter of a scripted statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptValue {
    /// `bigint`.
    Integer(i64),
    /// `text`.
    Text(String),
}

/// A session of a pretended application: it may change what it is connected to.
#[derive(Debug)]
pub struct ScriptSession {
    connection: PgConnection,
}

impl ScriptSession {
    /// Connects; `application` is what `pg_stat_activity` shows.
    ///
    /// # Errors
    /// When the URL cannot be read or nobody answers.
    pub async fn open(url: &SecretString, application: &str) -> Result<Self, PgError> {
        let options: PgConnectOptions =
            url.expose_secret().parse().map_err(|_| PgError::Url("it is not a valid connection URL".to_owned()))?;
        let options = options.application_name(application).disable_statement_logging();
        let endpoint = application.to_owned();
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options));
        match connecting.await {
            Ok(Ok(connection)) => Ok(Self { connection }),
            Ok(Err(error)) => Err(PgError::connecting(&endpoint, error)),
            Err(_elapsed) => Err(PgError::Timeout(CONNECT_TIMEOUT)),
        }
    }

    /// Runs a script of any number of statements; what they return is dropped.
    ///
    /// # Errors
    /// The first statement that fails; those before it count, unless the script says otherwise.
    pub async fn run(&mut self, script: &'static str) -> Result<(), PgError> {
        self.connection.execute(sqlx::raw_sql(script)).await?;
        Ok(())
    }

    /// Runs one statement as a prepared one, as a driver would, and returns the first column of
    /// its rows where that is an integer.
    ///
    /// # Errors
    /// What the server says.
    pub async fn call(&mut self, sql: &'static str, values: &[ScriptValue]) -> Result<Vec<i64>, PgError> {
        let mut query = sqlx::query(sql);
        for value in values {
            query = match value {
                ScriptValue::Integer(number) => query.bind(*number),
                ScriptValue::Text(text) => query.bind(text.clone()),
            };
        }
        let rows = query.fetch_all(&mut self.connection).await?;
        Ok(rows.iter().filter_map(first_integer).collect())
    }

    /// Ends the session politely.
    pub async fn close(self) {
        // It ends either way.
        let _ = self.connection.close().await;
    }
}

fn first_integer(row: &PgRow) -> Option<i64> {
    row.try_get::<i64, _>(0).ok()
}
