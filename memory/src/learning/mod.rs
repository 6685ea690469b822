//! What was learned: typed records with their proof, not notes.
//!
//! A learning enters through the write gate ([`Store::save_learning`](crate::Store::save_learning)):
//! a measurement or an observation by a tool, or an explicit statement of a person. It keeps its
//! measurements as a series, and every change of its status in an append-only history.

mod dedupe;
mod gate;
mod kind;
mod lookup;
mod record;
mod rows;
mod save;
mod status;

pub(crate) use dedupe::dedupe_key;
pub(crate) use kind::stored_words;
pub use kind::{LearningKind, LearningStatus};
pub use lookup::LearningFilter;
pub use record::{Learning, MeasuredAt, NewLearning, Provenance, Scope};
pub(crate) use rows::{learning_of, store};
pub use save::Saved;
pub use status::StatusChange;
pub(crate) use status::record;
