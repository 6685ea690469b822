//! How a run ends: the exit codes, and the sentence that goes with each.

use dbwright_contract::ToolError;
use dbwright_memory::StoreError;

use crate::{
    agent::{JournalError, Stop},
    config::ConfigError,
    model::ModelError,
    persona::PersonaError,
    targets::UnknownTarget,
};

/// Every end that is not success. The codes are part of the command line's contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Exit {
    /// 1: the task failed.
    #[error("{0}")]
    Failed(String),
    /// 2: usage or configuration.
    #[error("{0}")]
    Usage(String),
    /// 3: a guard rail said no.
    #[error("{0}")]
    Refused(String),
    /// 4: turn or budget limit.
    #[error("{0}")]
    Limit(String),
    /// 5: the model cannot be reached.
    #[error("{0}")]
    ModelUnreachable(String),
    /// 6: the database cannot be reached.
    #[error("{0}")]
    DatabaseUnreachable(String),
    /// 10: findings at or above `--fail-on`.
    #[error("{0}")]
    Findings(String),
    /// 130: interrupted.
    #[error("interrupted")]
    Interrupted,
    /// 0: whoever reads our output stopped reading.
    #[error("the reader of the output went away")]
    BrokenPipe,
}

impl Exit {
    /// The process exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Limit(_) => 4,
            Self::ModelUnreachable(_) => 5,
            Self::DatabaseUnreachable(_) => 6,
            Self::Findings(_) => 10,
            Self::Interrupted => 130,
            Self::BrokenPipe => 0,
        }
    }

    /// How a turn's end maps to the run's; `None` for an answer.
    pub fn of_stop(stop: &Stop) -> Option<Self> {
        Some(match stop {
            Stop::Answered => return None,
            Stop::StepLimit { limit } => Self::Limit(format!(
                "stopped after {limit} exchanges: raise limits.steps or --max-turns, or ask for less"
            )),
            Stop::Budget { detail } => Self::Limit(format!("the budget is used up: {detail}")),
            Stop::Repetition { tool } => Self::Failed(format!(
                "stopped: {tool} was called again and again with the same arguments and the same result"
            )),
            Stop::Cancelled => Self::Interrupted,
            Stop::ModelFailed { message } => Self::ModelUnreachable(message.clone()),
        })
    }
}

impl From<ToolError> for Exit {
    fn from(error: ToolError) -> Self {
        let text = error.to_string();
        match error {
            ToolError::Arguments(_) => Self::Usage(text),
            ToolError::Refused(_) => Self::Refused(text),
            ToolError::Unreachable(_) => Self::DatabaseUnreachable(text),
            ToolError::Cancelled => Self::Interrupted,
            _ => Self::Failed(text),
        }
    }
}

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<PersonaError> for Exit {
    fn from(error: PersonaError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<UnknownTarget> for Exit {
    fn from(error: UnknownTarget) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<StoreError> for Exit {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<JournalError> for Exit {
    fn from(error: JournalError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ModelError> for Exit {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Configuration(text) => Self::Usage(text),
            other => Self::ModelUnreachable(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Exit {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Failed(error.to_string()),
        }
    }
}
