//! What may run, as rules: SQL, Redis commands, shell lines, paths and URLs.
//!
//! Everything here is pure and early: it refuses with words before anything is sent. It is not
//! the fence. The fences are the database's role and read-only transaction, the server's ACL,
//! the sandbox and the file descriptor that cannot leave the workspace; they live in the
//! adapters. Each rule carries examples that it must refuse and neighbours that it must not.

pub mod data;
pub mod http;
pub mod path;
pub mod redis;
mod refusal;
mod ruling;
pub mod shell;
pub mod sql;

pub use refusal::Refusal;
pub use ruling::{Decision, Mode, Ruling};
