//! Sessions and their events, in the order in which they happened.
//!
//! The payload is the agent's own event as JSON; the journal does not look into it.

mod owner;
mod ownership;
mod record;
mod sessions;
mod writer;

pub(crate) use owner::Owner;
pub(crate) use ownership::keep_claims;
pub use record::{Door, JournalEntry, NewSession, SessionRecord, StoredEntry};
pub(crate) use writer::JournalWriter;
