//! What one concrete call may do to the world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a call may do, judged from its arguments before it runs. Ordered from harmless to final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Reads; leaves nothing behind.
    Observe,
    /// Executes on a throwaway copy, hypothetically, or in a transaction that is rolled back.
    Rehearse,
    /// Changes files in the workspace.
    WriteFiles,
    /// Runs a program.
    Shell,
    /// ANALYZE, VACUUM, REINDEX CONCURRENTLY: no data or schema changes.
    Maintain,
    /// Changes schema, settings or data.
    Change,
    /// Cannot be undone: drops, truncates, terminates.
    Destroy,
}

impl Effect {
    /// The word used in JSON and on screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Rehearse => "rehearse",
            Self::WriteFiles => "write_files",
            Self::Shell => "shell",
            Self::Maintain => "maintain",
            Self::Change => "change",
            Self::Destroy => "destroy",
        }
    }

    /// Observing calls may run beside each other; all others run one at a time.
    pub const fn is_parallel(self) -> bool {
        matches!(self, Self::Observe)
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
