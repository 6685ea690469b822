//! A scheduled session's work: what it looks for, what it found, what changed since the last one.

pub mod catalogue;
mod conduct;
mod document;
mod find;
mod ledger;
mod rank;
pub mod report;
mod verify;

pub use conduct::{ReviewOptions, conduct};
pub use document::{Exhibit, Fixed, Learnings, Review, SCHEMA, SinceLast, Target};
pub use find::{Named, Unknown, named};
pub use ledger::since;
pub use rank::rank;
