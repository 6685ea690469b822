//! Health, schema and settings rules over a snapshot value.
//!
//! An adapter reads a database once into a [`Snapshot`]; the rules here only look at that value,
//! so they can be tested without a server and run again over a stored snapshot. A part that could
//! not be read is a [`Probe::Skipped`] with its reason: the rules that need it stay silent and
//! [`gaps`] says what was not looked at.
//!
//! Every rule lives in one file under `rules/` with its declaration, its check and the remedy.
//! Numbers that decide are in [`Thresholds`], each with its reason.
//!
//! ```
//! use dbwright_checks::{Snapshot, Thresholds, gaps, run};
//!
//! let snapshot = Snapshot::default();
//! assert!(run(&snapshot, &Thresholds::default()).is_empty());
//! assert!(gaps(&snapshot).is_empty(), "a part that nobody asked for is no gap");
//! ```

mod calendar;
mod engine;
mod expression;
mod facts;
#[cfg(test)]
mod fixture;
mod group;
mod locks;
mod name;
mod rules;
mod shape;
mod snapshot;
mod thresholds;
mod words;

pub use engine::{cap, gaps, run, run_group};
pub use group::{Group, Part};
pub use locks::{LockNode, lock_forest};
pub use name::RelationName;
pub use rules::RULES;
pub use snapshot::*;
pub use thresholds::{Environment, Thresholds};
