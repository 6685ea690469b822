//! Key names to templates: `user:17:profile` is `user:{id}:profile`.
//!
//! A name is cut into segments whose shape is recognised where it is unmistakable (UUID, date,
//! digest, address); a tree of segments then tells words that name things from words that are
//! values, by counting. Nothing is kept per name, so a million names need a few megabytes.

mod kind;
mod miner;
mod names;
mod node;
mod recognise;
mod settle;
mod tokens;
mod vocabulary;

pub(crate) use kind::Kind;
pub use miner::{Miner, Template, Templates, mine};
pub use names::parse_names;
