//! The plan of one statement and what is wrong with it: the tool `explain`.
//!
//! The engine (crate `dbwright-plan`) reads plans; this module gets them. A statement with
//! placeholders is planned generically, or with values that the caller gave, or, where it is to
//! be executed, with values sampled from its tables. Only statements that read are executed, in a
//! read-only transaction that is rolled back.

mod args;
mod facts;
mod obtain;
mod output;
mod tool;

pub(crate) use obtain::sampled;

pub use args::ExplainArgs;
pub use output::{ExplainOutput, Mode, ParameterSource, Parameters};
pub use tool::Explain;
