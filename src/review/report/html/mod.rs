//! The report as one HTML file: no other file, no network, no markup from anywhere but here.

mod bars;
mod cards;
mod gains;
mod json;
mod keyspace;
mod markup;
mod notes;
mod page;
mod plans;
mod policy;
mod storage;
mod summary;
mod workload;

pub use page::html;
