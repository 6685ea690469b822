//! Reads a keyspace without being a burden.

mod analyze;
mod details;
mod facts;
mod options;
mod pace;
mod reservoir;
mod walk;

pub use analyze::{analyze, snapshot};
pub use options::{SampleOptions, SampleSize};
