//! A shop of our own to look at: PostgreSQL with about a million rows and a workload, Redis with
//! 50,000 keys, a repository with migrations and code. It carries real problems of many kinds and
//! things that only look like problems; [`expected`] lists both.

mod chance;
mod database;
mod error;
pub mod expected;
mod keyspace;
mod repository;
mod reviewer;
mod servers;
mod shapes;
mod step;
mod workload;

pub use error::DemoError;
pub use servers::{DATABASE, Demo, DemoOptions};

#[cfg(test)]
#[path = "demo_tests.rs"]
mod tests;
