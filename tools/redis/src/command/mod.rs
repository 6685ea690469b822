//! One command from a person or a model: cut into words, judged, bounded, shown.

mod allowed;
mod bound;
mod judge;
mod refused;
mod render;
mod words;

pub(crate) use allowed::is_container;
pub(crate) use bound::run;
pub(crate) use judge::parse;
pub use judge::{Verdict, judge};
pub(crate) use render::{json, render};
