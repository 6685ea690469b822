//! Why a file stays closed.

use std::io;

use dbwright_contract::ToolError;

/// Everything that can go wrong between a path and its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The root itself cannot be used.
    #[error("{path} cannot be the workspace: {reason}")]
    Root {
        /// The folder.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The path leads out of the workspace, by itself or by a link.
    #[error("{path} leads out of the workspace")]
    Outside {
        /// The path as given.
        path: String,
    },
    /// Secrets and the program's own state are not for tools.
    #[error("{path} is withheld: {reason}")]
    Withheld {
        /// The path in the workspace.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// There is no such file.
    #[error("{path} does not exist")]
    NotFound {
        /// The path in the workspace.
        path: String,
    },
    /// A folder, a pipe, a device, a file with several names.
    #[error("{path} is {what}, not a plain file")]
    NotAFile {
        /// The path in the workspace.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Somebody else wrote to it between the preview and the write.
    #[error("{path} has changed since its change was shown: read it again")]
    Changed {
        /// The path in the workspace.
        path: String,
    },
    /// More than the limit.
    #[error("{path} has {size} bytes, the limit is {limit}: search it with Grep")]
    TooLarge {
        /// The path in the workspace.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Not text.
    #[error("{path} is a binary file")]
    Binary {
        /// The path in the workspace.
        path: String,
    },
    /// The new content cannot be written in the file's encoding.
    #[error("{path} is {encoding}, which cannot hold `{character}`")]
    Unencodable {
        /// The path in the workspace.
        path: String,
        /// The file's encoding.
        encoding: &'static str,
        /// The first character that does not fit.
        character: char,
    },
    /// A pattern is malformed.
    #[error("the pattern is malformed: {0}")]
    Pattern(String),
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// read, write, …
        action: &'static str,
        /// The path in the workspace.
        path: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

impl From<WorkspaceError> for ToolError {
    fn from(error: WorkspaceError) -> Self {
        let text = error.to_string();
        match error {
            WorkspaceError::Outside { .. } | WorkspaceError::Withheld { .. } => Self::Refused(text),
            WorkspaceError::NotFound { .. } => Self::NotFound(text),
            WorkspaceError::Pattern(_) => Self::Arguments(text),
            WorkspaceError::Root { .. }
            | WorkspaceError::NotAFile { .. }
            | WorkspaceError::Changed { .. }
            | WorkspaceError::TooLarge { .. }
            | WorkspaceError::Binary { .. }
            | WorkspaceError::Unencodable { .. }
            | WorkspaceError::Io { .. } => Self::Failed(text),
        }
    }
}
