//! The tool `workload`: what this database spends its time on.
//!
//! Figures come from `pg_stat_statements`, for statements of this database alone, ours left out.
//! Where the extension is missing, a few looks at `pg_stat_activity` take its place, and the
//! answer says what is missing and how to get it.

mod activity;
mod render;
mod source;
mod statements;
mod tool;

pub use activity::RunningStatement;
pub use statements::WorkloadStatement;
pub use tool::{Order, Workload, WorkloadArgs, WorkloadOutput};
