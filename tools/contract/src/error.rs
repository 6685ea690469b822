//! Why a call did not produce a result.

/// Everything that a model or a person can react to. Nothing here ends a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The arguments do not fit the schema, or contradict each other.
    #[error("invalid arguments: {0}")]
    Arguments(String),
    /// A guard rail said no. The text names the rule and the safe alternative.
    #[error("refused: {0}")]
    Refused(String),
    /// The named thing does not exist.
    #[error("not found: {0}")]
    NotFound(String),
    /// The server cannot be reached or refused the connection.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// A privilege is missing; the text names the grant.
    #[error("missing privilege: {0}")]
    Privilege(String),
    /// A limit of ours ended the call.
    #[error("timed out: {0}")]
    Timeout(String),
    /// The turn was interrupted; the server-side work was cancelled too.
    #[error("cancelled")]
    Cancelled,
    /// The tool cannot work here (an extension, a sandbox or a server is missing).
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Anything else: what happened, to which object, and what to do next.
    #[error("{0}")]
    Failed(String),
}

impl ToolError {
    /// A short stable word for journals and metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "arguments",
            Self::Refused(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::Unreachable(_) => "unreachable",
            Self::Privilege(_) => "privilege",
            Self::Timeout(_) => "timeout",
            Self::Cancelled => "cancelled",
            Self::Unavailable(_) => "unavailable",
            Self::Failed(_) => "failed",
        }
    }
}
