//! One command from a person or a model: judged by the policy, bounded, shown.

mod bound;
mod change;
mod redact;
mod render;

pub(crate) use bound::{Bounded, run};
pub(crate) use change::run as run_change;
pub(crate) use redact::redact;
pub(crate) use render::{json, render};
