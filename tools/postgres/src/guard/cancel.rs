//! Stops a statement on the server when nobody waits for it any more.

use std::time::Duration;

use crate::{Database, PgError};

/// A second connection must come up and speak within this time.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// A backend that works for us. Dropped while armed, its statement is cancelled: dropping a
/// future or a connection alone leaves the server working.
pub(crate) struct InFlight {
    database: Database,
    pid: Option<i32>,
}

impl InFlight {
    pub(crate) fn new(database: Database, pid: i32) -> Self {
        Self { database, pid: Some(pid) }
    }

    /// The work has ended by itself.
    pub(crate) fn disarm(&mut self) {
        self.pid = None;
    }

    /// Cancels the statement now and waits for the server's word, a few seconds at most.
    pub(crate) async fn cancel(&mut self) {
        if let Some(pid) = self.pid.take() {
            cancel_within_limit(&self.database, pid).await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let (Some(pid), Ok(runtime)) = (self.pid.take(), tokio::runtime::Handle::try_current()) else { return };
        let database = self.database.clone();
        self.database.remember_cancel(runtime.spawn(async move { cancel_within_limit(&database, pid).await }));
    }
}

async fn cancel_within_limit(database: &Database, pid: i32) {
    let problem = match tokio::time::timeout(CANCEL_TIMEOUT, cancel_backend(database, pid)).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    tracing::warn!(pid, problem, "could not cancel a statement; its statement_timeout will");
}

async fn cancel_backend(database: &Database, pid: i32) -> Result<(), PgError> {
    let mut connection = database.target().connect().await?;
    // A transaction, because a pooler may give each statement another backend. The name is
    // checked, because the backend may serve somebody else by now.
    sqlx::raw_sql("BEGIN /* dbwright */ READ ONLY").execute(&mut connection).await?;
    sqlx::query(
        "SELECT /* dbwright */ pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
         WHERE pid = $1 AND application_name = 'dbwright' AND state <> 'idle'",
    )
    .bind(pid)
    .persistent(false)
    .execute(&mut connection)
    .await?;
    sqlx::raw_sql("ROLLBACK /* dbwright */").execute(&mut connection).await?;
    sqlx::Connection::close(connection).await?;
    Ok(())
}
