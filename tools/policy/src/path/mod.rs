//! Paths: files that stay closed, and files that only people change.

mod withheld;

pub use withheld::{steering, withheld};
