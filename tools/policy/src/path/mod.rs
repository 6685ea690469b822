//! Paths: what stays inside, files that stay closed, files that only people change.

mod judge;
mod withheld;

pub use judge::{judge, judge_below};
pub use withheld::{steering, withheld};
