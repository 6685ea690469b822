//! A few connections for our own probes.
//!
//! Not sqlx's pool: that one retries a refused connection until its deadline, where we want the
//! refusal at once, and hands out connections that are still busy with a dropped query.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Connection, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{PgError, connect::Target};

/// Probes that may run at once on one database.
const MAX_CONNECTIONS: usize = 4;

pub(crate) struct Pool {
    target: Target,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    slots: Arc<Semaphore>,
}

/// A connection on loan. Dropped, it is closed; [`Lease::give_back`] keeps it for the next probe.
pub(crate) struct Lease {
    connection: PgConnection,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    _slot: OwnedSemaphorePermit,
}

impl Pool {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, idle: Arc::default(), slots: Arc::new(Semaphore::new(MAX_CONNECTIONS)) }
    }

    /// An idle connection, or a new one. `fresh` skips the idle ones.
    pub(crate) async fn lease(&self, fresh: bool) -> Result<Lease, PgError> {
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(|_| PgError::Lost("the pool is closed".to_owned()))?;
        let idle = if fresh { None } else { lock(&self.idle).pop() };
        let connection = match idle {
            Some(connection) => connection,
            None => self.target.connect().await?,
        };
        Ok(Lease { connection, idle: Arc::clone(&self.idle), _slot: slot })
    }

    /// Says goodbye on every idle connection: for what allows nobody else in the database.
    pub(crate) async fn close_idle(&self) {
        let idle = std::mem::take(&mut *lock(&self.idle));
        for connection in idle {
            // Errors of a goodbye do not matter.
            let _ = connection.close().await;
        }
    }
}

impl Lease {
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Keeps the connection. Only for one that is known to be idle and outside a transaction.
    pub(crate) fn give_back(self) {
        lock(&self.idle).push(self.connection);
    }
}

fn lock(idle: &Mutex<Vec<PgConnection>>) -> std::sync::MutexGuard<'_, Vec<PgConnection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
