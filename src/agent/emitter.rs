//! Journal first, then the watchers.

use std::sync::Arc;

use dbwright_contract::failpoint;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    event::{Event, Recorded},
    journal::{Journal, JournalError},
};

/// Pieces of text are gathered to this size (or a line end) before they are journaled: one
/// durable write for each token would cost more than the answer.
const PIECE_BYTES: usize = 160;

/// Records events of one turn and hands them on.
pub(super) struct Emitter {
    journal: Arc<dyn Journal>,
    session_id: String,
    watcher: UnboundedSender<Recorded>,
    text: String,
}

impl Emitter {
    pub(super) fn new(journal: Arc<dyn Journal>, session_id: String, watcher: UnboundedSender<Recorded>) -> Self {
        Self { journal, session_id, watcher, text: String::new() }
    }

    /// Records `events` after any text still held back.
    pub(super) async fn emit(&mut self, events: impl IntoIterator<Item = Event>) -> Result<(), JournalError> {
        let held = std::mem::take(&mut self.text);
        let mut batch = Vec::new();
        if !held.is_empty() {
            batch.push(Event::Text { text: held });
        }
        batch.extend(events);
        if batch.is_empty() {
            return Ok(());
        }
        failpoint::reached("event.unrecorded");
        let recorded = self.journal.append(&self.session_id, batch).await?;
        failpoint::reached("event.recorded");
        for recorded in recorded {
            // Nobody watching is fine: the journal has it.
            let _ = self.watcher.send(recorded);
        }
        Ok(())
    }

    /// Adds a piece of the answer; it is recorded at the next line end or when enough has gathered.
    pub(super) async fn text(&mut self, piece: &str) -> Result<(), JournalError> {
        self.text.push_str(piece);
        if piece.contains('\n') || self.text.len() >= PIECE_BYTES {
            self.emit([]).await?;
        }
        Ok(())
    }
}
