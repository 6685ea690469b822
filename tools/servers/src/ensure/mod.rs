//! Makes sure that server programs are there.
//!
//! The order is the same everywhere: what is on the machine (or kept from an earlier run), then
//! the package manager with somebody's consent, then a private copy in our cache, and otherwise
//! one sentence that says which commands would fix it. An existing server, reachable by a URL,
//! is the caller's step before all of these.

mod apt;
mod brew;
mod command;
mod npm;
mod pip;
mod policy;
mod steps;

pub(crate) use npm::install_command;
pub use policy::{InstallPolicy, Proposal};
pub use steps::{ensure_postgres, ensure_postgres_major, ensure_redis};
