//! Why a statement is no action of ours.

use dbwright_contract::ToolError;
use dbwright_sql::SqlError;

/// A statement that cannot become part of an action.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// It does not parse, or it is not exactly one statement.
    #[error("`{statement}` is not one statement: {reason}")]
    Unreadable {
        /// The statement, shortened.
        statement: String,
        /// What the parser says.
        reason: SqlError,
    },
    /// A kind of statement that is never run directly.
    #[error("`{statement}` is not run directly ({why}): write a migration for it, `dbwright migrate new …`")]
    NotDirect {
        /// The statement, shortened.
        statement: String,
        /// What stands against it.
        why: String,
    },
    /// A fix without statements.
    #[error("there is nothing to run: {0}")]
    Nothing(String),
}

impl From<ActionError> for ToolError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Unreadable { .. } | ActionError::Nothing(_) => Self::Arguments(error.to_string()),
            ActionError::NotDirect { .. } => Self::Refused(error.to_string()),
        }
    }
}
