//! Index advice on a real database: the tool `advise_indexes`.
//!
//! The engine (crate `dbwright-indexes`) proposes and decides; this module finds out. What the
//! planner would do is asked with hypothetical indexes (hypopg) on a pinned connection, or with
//! real ones on a scratch copy. What really happens is measured on the scratch copy: the tables
//! concerned, copied to a throwaway server of the same major version, where the statements run
//! without and with the indexes. The database itself is only read.

mod args;
pub(crate) mod catalog;
mod engine;
mod existing;
mod hypothetical;
mod live;
mod output;
pub(crate) mod parameters;
mod plan;
mod report;
pub(crate) mod scratch;
mod settings;
mod statements;
mod task;
mod tool;
mod trial;

pub use args::{AdviseArgs, Verify};
pub use output::AdviseOutput;
pub use settings::{AdviseSettings, ScratchPlace};
pub use tool::AdviseIndexes;
