//! From a slow statement to a proven fix: the tool `tune_statement`.
//!
//! The statement runs as it is (with given, sampled, common and rare values for its placeholders),
//! then every kind of remedy is tried and measured beside it: other forms of the statement and
//! session settings on the database itself (read only, rolled back), statistics, ANALYZE, VACUUM
//! and indexes on a scratch copy. A rewrite counts only when it returns the same rows there and on
//! small hostile data (NULLs, duplicates, nothing). Only what saves a fifth of the pages or the
//! time becomes a finding; what did not help is one line.

mod args;
mod bench;
mod copied;
mod edge;
mod equal;
mod facts;
mod finding;
mod in_place;
mod index;
mod judge;
mod on_copy;
mod output;
mod remedy;
mod settings;
mod statistics;
mod tool;
mod values;
mod work;

pub use args::TuneArgs;
pub use output::{Outcome, Tried, TuneOutput};
pub use tool::TuneStatement;
