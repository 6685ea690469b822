//! Where events go before anybody sees them.

use std::sync::{Mutex, PoisonError};

use chrono::Utc;
use dbwright_memory::{JournalEntry, Store};
use futures_util::future::BoxFuture;

use super::event::{Event, Recorded};

/// The journal cannot take events: nothing more may happen in the session.
#[derive(Debug, thiserror::Error)]
#[error("the journal cannot record the session: {0}")]
pub struct JournalError(pub String);

/// Durable, ordered record of sessions.
pub trait Journal: Send + Sync {
    /// Appends events. They are durable when the future resolves.
    fn append<'a>(
        &'a self,
        session_id: &'a str,
        events: Vec<Event>,
    ) -> BoxFuture<'a, Result<Vec<Recorded>, JournalError>>;
}

/// A journal that lives as long as the process: where no state folder can be written, and in tests.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<Recorded>>);

impl MemoryJournal {
    /// Everything recorded so far.
    pub fn entries(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Journal for MemoryJournal {
    fn append<'a>(
        &'a self,
        session_id: &'a str,
        events: Vec<Event>,
    ) -> BoxFuture<'a, Result<Vec<Recorded>, JournalError>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().filter(|entry| entry.session_id == session_id).count() as u64;
        let recorded: Vec<Recorded> = (known + 1..)
            .zip(events)
            .map(|(seq, event)| Recorded { session_id: session_id.to_owned(), seq, at: Utc::now(), event })
            .collect();
        entries.extend(recorded.iter().cloned());
        Box::pin(std::future::ready(Ok(recorded)))
    }
}

/// The journal in the state store: durable when `append` returns.
#[derive(Clone)]
pub struct StoreJournal(Store);

impl StoreJournal {
    /// A journal in `store`; sessions are created there before their first event.
    pub const fn new(store: Store) -> Self {
        Self(store)
    }

    /// Everything recorded of one session.
    ///
    /// # Errors
    /// When the store cannot be read or holds an entry that is no event.
    pub async fn entries(&self, session_id: &str) -> Result<Vec<Recorded>, JournalError> {
        let entries = self.0.entries(session_id, 0).await.map_err(|error| JournalError(error.to_string()))?;
        entries
            .into_iter()
            .map(|entry| {
                let event = serde_json::from_value(entry.payload)
                    .map_err(|error| JournalError(format!("entry {} is no event: {error}", entry.seq)))?;
                Ok(Recorded { session_id: session_id.to_owned(), seq: sequence(entry.seq), at: entry.at, event })
            })
            .collect()
    }
}

impl Journal for StoreJournal {
    fn append<'a>(
        &'a self,
        session_id: &'a str,
        events: Vec<Event>,
    ) -> BoxFuture<'a, Result<Vec<Recorded>, JournalError>> {
        Box::pin(async move {
            let entries = events
                .iter()
                .map(|event| Ok(JournalEntry::new(event.kind(), serde_json::to_value(event)?)))
                .collect::<Result<Vec<_>, serde_json::Error>>()
                .map_err(|error| JournalError(error.to_string()))?;
            let last = self.0.append(session_id, &entries).await.map_err(|error| JournalError(error.to_string()))?;
            let first = sequence(last) + 1 - events.len() as u64;
            let at = Utc::now();
            Ok((first..)
                .zip(events)
                .map(|(seq, event)| Recorded { session_id: session_id.to_owned(), seq, at, event })
                .collect())
        })
    }
}

/// The store counts from 1 in a signed column.
fn sequence(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
