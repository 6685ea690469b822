//! Finding learnings again.
//!
//! Most recalls need no text: the fingerprint of a statement and the names of its tables are
//! exact. Words come after that, ranked, and substrings of identifiers only when the words find
//! nothing. No model filters the result; each hit says why it is there.

mod index;
mod query;
mod rank;
mod words;

pub(crate) use index::{index, remove};
pub use query::{Hit, Query, Why};
pub(crate) use words::bare_name;
