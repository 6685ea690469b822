//! The file tools. Work on files happens on threads that may block, and stops when the call is
//! cancelled.

mod edit;
mod glob;
mod grep;
mod landed;
mod previews;
mod read;
mod replacement;
mod walk;
mod write;

use dbwright_contract::ToolError;

pub use edit::{Edit, EditArgs, Edited};
pub use glob::{Glob, GlobArgs, GlobResult};
pub use grep::{FileMatch, Grep, GrepArgs, GrepLine, GrepResult};
pub use read::{Read, ReadArgs, ReadResult};
pub(crate) use walk::{Walk, walk};
pub use write::{Write, WriteArgs};

/// Runs file work where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ToolError> + Send + 'static,
) -> Result<T, ToolError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ToolError::Failed(format!("file work was interrupted: {error}")))?
}
