//! The one task that writes the journal.
//!
//! A commit costs a disk sync. Everything that waits while one commit is under way goes into the
//! next one, so that many sessions share a sync and none waits behind more than one batch.

use std::sync::Arc;

use dbwright_contract::failpoint;
use tokio::sync::{mpsc, oneshot};

use crate::{
    StoreError,
    database::{Database, Transaction},
};

/// Appends that one commit may carry.
const BATCH: usize = 128;
/// Appends that may wait; beyond this, callers wait for room.
const QUEUE: usize = 1024;

/// The entries of one call, encoded: they get consecutive numbers, or none is stored.
pub(crate) struct Append {
    pub(crate) session_id: String,
    /// Kind and payload of each.
    pub(crate) entries: Vec<(String, String)>,
}

struct Command {
    append: Append,
    acknowledge: oneshot::Sender<Result<i64, StoreError>>,
}

/// A handle on the writing task; the task ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub(crate) struct JournalWriter {
    commands: mpsc::Sender<Command>,
}

impl JournalWriter {
    pub(crate) fn spawn(database: Arc<Database>) -> Self {
        let (commands, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(database, queue));
        Self { commands }
    }

    /// Stores the entries; returns the number of the last one once all are on disk.
    pub(crate) async fn append(&self, append: Append) -> Result<i64, StoreError> {
        let (acknowledge, acknowledged) = oneshot::channel();
        self.commands.send(Command { append, acknowledge }).await.map_err(|_| StoreError::Closed)?;
        acknowledged.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(database: Arc<Database>, mut queue: mpsc::Receiver<Command>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        // One order of sessions everywhere, so that two processes never lock each other out. The
        // sort is stable: within a session, first come is first stored.
        batch.sort_by(|left, right| left.append.session_id.cmp(&right.append.session_id));
        store_batch(&database, std::mem::take(&mut batch)).await;
    }
}

async fn store_batch(database: &Database, batch: Vec<Command>) {
    match store(database, batch.iter().map(|command| &command.append)).await {
        Ok(stored) => {
            for (command, result) in batch.into_iter().zip(stored) {
                // A caller that was cancelled does not wait for its answer.
                let _ = command.acknowledge.send(result);
            }
        }
        // Nothing was stored. One bad append must not fail its neighbours, so each gets its own
        // transaction; a lone one is tried again too, which forgives a dropped connection.
        Err(Fault::Before(error)) => {
            tracing::debug!(%error, appends = batch.len(), "journal batch failed, storing one by one");
            for command in batch {
                let result = match store(database, std::iter::once(&command.append)).await {
                    Ok(mut stored) => stored.pop().unwrap_or(Err(StoreError::Closed)),
                    Err(Fault::Before(error) | Fault::Commit(error)) => Err(error),
                };
                let _ = command.acknowledge.send(result);
            }
        }
        // The commit may have happened: trying again could store the events twice.
        Err(Fault::Commit(error)) => {
            for command in batch {
                let _ = command.acknowledge.send(Err(error.clone()));
            }
        }
    }
}

/// When a transaction failed.
enum Fault {
    Before(StoreError),
    Commit(StoreError),
}

/// Stores the appends in one transaction. An unknown session fails alone; any other fault fails
/// the whole transaction.
async fn store<'a>(
    database: &Database,
    appends: impl Iterator<Item = &'a Append>,
) -> Result<Vec<Result<i64, StoreError>>, Fault> {
    let mut transaction = database.begin().await.map_err(Fault::Before)?;
    let mut stored = Vec::new();
    for append in appends {
        match store_one(&mut transaction, append).await {
            Err(error) if !matches!(error, StoreError::NotFound { .. }) => return Err(Fault::Before(error)),
            result => stored.push(result),
        }
    }
    failpoint::reached("journal.uncommitted");
    transaction.commit().await.map_err(Fault::Commit)?;
    failpoint::reached("journal.committed");
    Ok(stored)
}

async fn store_one(transaction: &mut Transaction<'_>, append: &Append) -> Result<i64, StoreError> {
    let count = i64::try_from(append.entries.len()).unwrap_or(i64::MAX);
    let row = transaction
        .fetch_first(
            "UPDATE sessions SET last_seq = last_seq + $2, last_at = {now}, finished_at = NULL, outcome = NULL \
             WHERE id = $1 RETURNING last_seq, last_at",
            vec![append.session_id.as_str().into(), count.into()],
        )
        .await?
        .ok_or_else(|| StoreError::NotFound { what: "session", id: append.session_id.clone() })?;
    let (last, at) = (row.integer("last_seq")?, row.integer("last_at")?);
    for (seq, (kind, payload)) in (last - count + 1..).zip(&append.entries) {
        transaction
            .execute(
                "INSERT INTO journal (session_id, seq, at, kind, payload) VALUES ($1, $2, $3, $4, $5)",
                vec![append.session_id.as_str().into(), seq.into(), at.into(), kind.into(), payload.into()],
            )
            .await?;
    }
    Ok(last)
}
