//! One agent loop for every door.
//!
//! A [`Session`] holds a transcript and what a call may do; a [`Driver`] continues it; each turn
//! yields [`Event`]s that are in the [`Journal`] before anybody sees them. This module knows no
//! concrete tool, no surface and no endpoint.

mod approval;
mod budget;
mod context;
mod emitter;
mod event;
mod execution;
mod grounding;
mod interrupted;
mod journal;
mod replay;
mod session;
mod turn;

pub use approval::{Approver, Decision, NobodyToAsk, PendingCall, PermissionMode, Verdict};
pub use budget::Limits;
pub use event::{Event, Recorded, Stop, ToolStatus};
pub use grounding::ungrounded_figures;
pub use interrupted::{Doubts, Interrupted};
pub use journal::{Journal, JournalError, MemoryJournal, StoreJournal};
pub use replay::{Replayed, replay};
pub use session::{Driver, Session, SessionParts, TurnOutcome};
