//! What a tool is.
//!
//! A tool has typed arguments (their JSON schema is derived, so it cannot drift), an effect that
//! is judged from the arguments before anything runs, and a result with two faces: JSON for
//! programs and people, bounded text for the model. The agent loop knows only this crate, never
//! a concrete tool.

mod assessment;
mod call;
mod error;
pub mod failpoint;
mod fence;
mod redact;
mod report;
mod schema;
mod tool;
mod toolbox;

pub use assessment::Assessment;
pub use call::{CallCx, Progress};
pub use dbwright_finding::Effect;
pub use error::ToolError;
pub use fence::{Fence, visible};
pub use redact::{REDACTED, Redactor, StreamRedactor, is_secret_name};
pub use report::{Clip, Report, TokenBudget, clip};
pub use schema::{null_as_default, parameters_schema, strict_schema};
pub use tool::{ErasedTool, Landed, Outcome, Tool, ToolSpec};
pub use toolbox::Toolbox;
