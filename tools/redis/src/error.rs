//! What can go wrong between us and a server.

use dbwright_contract::ToolError;

/// A failure, with the server's own words where it had any. Never carries credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// The connection string cannot be used.
    #[error("the redis url of {server} cannot be used: {reason}")]
    Url {
        /// The server's configured name.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error("redis {server} at {address} does not answer: {reason}")]
    Unreachable {
        /// The server's configured name.
        server: String,
        /// Host and port, or socket path.
        address: String,
        /// What the network said.
        reason: String,
    },
    /// The server wants other credentials.
    #[error("redis {server} refused the login ({reason}): check the user and password in its url")]
    Login {
        /// The server's configured name.
        server: String,
        /// The server's words.
        reason: String,
    },
    /// The user lacks a right.
    #[error("redis user may not run {command}: {reason}; grant it with ACL SETUSER {user} {grant}")]
    Permission {
        /// The command that was refused.
        command: String,
        /// The user that lacks the right.
        user: String,
        /// The rule to add.
        grant: String,
        /// The server's words.
        reason: String,
    },
    /// The server is reading its data from disk.
    #[error(
        "redis {server} is loading its data from disk: try again when it is done (INFO persistence shows loading_eta_seconds)"
    )]
    Loading {
        /// The server's configured name.
        server: String,
    },
    /// The key lives on another node.
    #[error(
        "the key lives on another node of the cluster ({target}): connect to that node; following redirections is not supported"
    )]
    Moved {
        /// The node that the server named.
        target: String,
    },
    /// No answer in time.
    #[error(
        "{command} got no answer within {seconds} s: the server is busy or the network slow; SLOWLOG GET 10 shows what held it up"
    )]
    Timeout {
        /// The command that waited.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// The server does not know the command: older version, or renamed.
    #[error("the server does not have {command}: {reason}")]
    Unsupported {
        /// The command.
        command: String,
        /// The server's words.
        reason: String,
    },
    /// The server answered with an error.
    #[error("{command}: {reason}")]
    Server {
        /// The command.
        command: String,
        /// The server's words.
        reason: String,
    },
    /// The answer has a shape that no version of the command has.
    #[error("{command} answered in an unknown shape: {reason}")]
    Reply {
        /// The command.
        command: String,
        /// What was expected.
        reason: String,
    },
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl RedisError {
    /// Whether another command may still succeed: the right or the command is missing, the
    /// server is fine.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Permission { .. } | Self::Unsupported { .. } | Self::Server { .. })
    }
}

impl From<RedisError> for ToolError {
    fn from(error: RedisError) -> Self {
        let text = error.to_string();
        match error {
            RedisError::Url { .. } => Self::Arguments(text),
            RedisError::Unreachable { .. } | RedisError::Login { .. } | RedisError::Loading { .. } => {
                Self::Unreachable(text)
            }
            RedisError::Permission { .. } => Self::Privilege(text),
            RedisError::Timeout { .. } => Self::Timeout(text),
            RedisError::Unsupported { .. } | RedisError::Moved { .. } => Self::Unavailable(text),
            RedisError::Cancelled => Self::Cancelled,
            RedisError::Server { .. } | RedisError::Reply { .. } => Self::Failed(text),
        }
    }
}
