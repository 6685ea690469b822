//! Candidates from shapes: one generator per class of index.
//!
//! Generators propose freely within bounds; the planner decides later. What must be right here is
//! the class: a query that only a GIN, partial or expression index can serve is lost if nobody
//! proposes one.

mod brin;
mod btree;
mod covering;
mod foreign_key;
mod generate;
mod gin;
mod hash;
mod partial;
mod pattern;
mod relevance;
mod wants;

pub use generate::{Proposals, candidates};
