//! Where events go before anybody sees them.

use std::sync::{Mutex, PoisonError};

use chrono::Utc;
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
