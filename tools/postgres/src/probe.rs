//! Our own catalog SQL, in a transaction that can neither write nor wait.

use std::time::Duration;

use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{Database, PgError, guard::InFlight, pool::Lease};

/// How long a probe may run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeLimits {
    /// For one statement.
    pub statement: Duration,
    /// For one lock. A probe that queues behind a waiting ALTER TABLE hangs exactly when it is needed.
    pub lock: Duration,
}

impl Default for ProbeLimits {
    fn default() -> Self {
        Self { statement: Duration::from_secs(10), lock: Duration::from_millis(200) }
    }
}

/// An open read-only transaction for SQL of our own: `&'static str` and bind parameters.
///
/// `search_path` is `pg_catalog, pg_temp`: names of the catalog resolve to the catalog whatever
/// the application has created, and `regclass` values come out schema-qualified.
/// End it with [`Probe::finish`]; dropped in the middle, the server-side statement is cancelled
/// and the connection closed.
pub struct Probe {
    lease: Lease,
    in_flight: InFlight,
}

const BEGIN: &str = "BEGIN /* dbwright */ READ ONLY";

/// sqlx names the statements that it prepares; behind a pooler the backend, and with it the
/// names, would go to another client.
const END: &str = "ROLLBACK /* dbwright */; DEALLOCATE /* dbwright */ ALL";

/// JIT compiles our wide catalog queries for seconds that running them takes milliseconds, and
/// cannot be cancelled meanwhile.
const LIMITS: &str = "SELECT /* dbwright */ pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('lock_timeout', $2, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', '30s', true),
    pg_catalog.set_config('application_name', 'dbwright', true),
    pg_catalog.set_config('jit', 'off', true),
    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

impl Probe {
    pub(crate) async fn begin(database: &Database, limits: ProbeLimits) -> Result<Self, PgError> {
        let mut lease = database.pool().lease(false).await?;
        let pid = match Self::start(lease.connection(), limits).await {
            // A pooled connection may have died while idle (restart, failover, idle timeout).
            Err(PgError::Lost(_)) => {
                drop(lease);
                lease = database.pool().lease(true).await?;
                Self::start(lease.connection(), limits).await?
            }
            other => other?,
        };
        Ok(Self { lease, in_flight: InFlight::new(database.clone(), pid) })
    }

    async fn start(connection: &mut PgConnection, limits: ProbeLimits) -> Result<i32, PgError> {
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        let row: PgRow = sqlx::query(LIMITS)
            .bind(milliseconds(limits.statement))
            .bind(milliseconds(limits.lock))
            .fetch_one(connection)
            .await?;
        Ok(row.try_get("pid")?)
    }

    /// The connection, for `sqlx::query(…).bind(…).fetch_all(probe.connection())`.
    pub fn connection(&mut self) -> &mut PgConnection {
        self.lease.connection()
    }

    /// Puts the schema of an installed extension on the search path, so that its functions and
    /// views can be named. Returns its version, or `None` when it is not installed.
    ///
    /// # Errors
    /// Fails when the server does.
    pub async fn with_extension(&mut self, name: &str) -> Result<Option<String>, PgError> {
        let row: Option<(String, String)> = sqlx::query_as(
            "SELECT /* dbwright */ e.extversion, pg_catalog.set_config('search_path',
                 'pg_catalog, ' || pg_catalog.quote_ident(n.nspname) || ', pg_temp', true)
             FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
             WHERE e.extname = $1",
        )
        .bind(name)
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|(version, _)| version))
    }

    /// Rolls back and keeps the connection for the next probe.
    pub async fn finish(mut self) {
        let ended = sqlx::raw_sql(END).execute(self.lease.connection()).await;
        self.in_flight.disarm();
        if ended.is_ok() {
            self.lease.give_back();
        }
    }
}

pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
