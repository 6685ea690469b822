//! One command from a person or a model: judged by the policy, bounded, shown.

mod bound;
mod render;

pub(crate) use bound::run;
pub(crate) use render::{json, render};
