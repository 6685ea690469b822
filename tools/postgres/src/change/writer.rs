//! The writing connection: one of its own for each action, never a guarded one, never pooled.

use std::time::Duration;

use dbwright_contract::ToolError;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};

use super::step::Step;
use crate::{Database, PgError, guard::InFlight, probe::milliseconds};

/// An open session that may change the database. Dropped in the middle of a statement, the
/// statement is cancelled on the server.
pub(super) struct Writer {
    connection: PgConnection,
    in_flight: InFlight,
    pid: i32,
}

/// Settings of the session. A role that is read-only by default (the recommended one is) may be
/// configured for changes all the same: the configuration has been asked before.
const OPEN: &str = "SELECT /* dbwright */ pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.pg_is_in_recovery() AS standby,
    pg_catalog.set_config('application_name', 'dbwright', false),
    pg_catalog.set_config('statement_timeout', $1, false),
    pg_catalog.set_config('lock_timeout', $2, false),
    pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', false),
    pg_catalog.set_config('default_transaction_read_only', 'off', false),
    pg_catalog.set_config('client_min_messages', 'error', false)";

impl Writer {
    /// Connects; `lock` of zero waits without end.
    pub(super) async fn open(database: &Database, statement: Duration, lock: Duration) -> Result<Self, ToolError> {
        let mut connection = database.target().connect().await?;
        let row: PgRow = sqlx::query(OPEN)
            .bind(milliseconds(statement))
            .bind(milliseconds(lock))
            .fetch_one(&mut connection)
            .await
            .map_err(PgError::from)?;
        let pid: i32 = row.try_get("pid").map_err(PgError::from)?;
        if row.try_get("standby").map_err(PgError::from)? {
            return Err(ToolError::Unavailable(format!(
                "{} is a standby, which cannot be changed: connect to its primary",
                database.name()
            )));
        }
        let (still, timeout): (i32, String) = sqlx::query_as(
            "SELECT /* dbwright */ pg_catalog.pg_backend_pid(), pg_catalog.current_setting('application_name')",
        )
        .fetch_one(&mut connection)
        .await
        .map_err(PgError::from)?;
        if still != pid || timeout != crate::APPLICATION_NAME {
            return Err(ToolError::Unavailable(
                "a pooler in transaction mode stands between us and the server: limits of a session do not hold there; \
                 configure the server's own address for changes"
                    .to_owned(),
            ));
        }
        let mut in_flight = InFlight::new(database.clone(), pid);
        in_flight.disarm();
        Ok(Self { connection, in_flight, pid })
    }

    /// The backend's process id.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    /// For statements of ours that look into the catalog with this role's search path.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Runs one judged statement through the extended protocol.
    pub(super) async fn run(&mut self, database: &Database, step: &Step) -> Result<(), PgError> {
        self.in_flight = InFlight::new(database.clone(), self.pid);
        let outcome = sqlx::query(AssertSqlSafe(step.sql.as_str()))
            .persistent(false)
            .execute(&mut self.connection)
            .await
            .map(drop)
            .map_err(PgError::from);
        self.in_flight.disarm();
        outcome
    }

    /// Runs a statement of ours: BEGIN, COMMIT, ROLLBACK.
    pub(super) async fn plain(&mut self, sql: &'static str) -> Result<(), PgError> {
        sqlx::raw_sql(sql).execute(&mut self.connection).await.map(drop).map_err(PgError::from)
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        // The server ends the session either way.
        let _ = self.connection.close().await;
    }
}
