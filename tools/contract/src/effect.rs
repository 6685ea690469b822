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

/// A tool's judgement of one concrete call: pure, made before the call runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// The most that this call can do.
    pub effect: Effect,
    /// One line for the tool line and the approval card: `EXPLAIN SELECT … FROM orders`.
    pub summary: String,
    /// The exact rendered action (SQL, diff) where a person must see it before deciding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Why the call will be refused whatever anybody answers; names the rule that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

impl Assessment {
    /// A call with the given effect.
    pub fn new(effect: Effect, summary: impl Into<String>) -> Self {
        Self { effect, summary: summary.into(), preview: None, refusal: None }
    }

    /// A call that only reads.
    pub fn observe(summary: impl Into<String>) -> Self {
        Self::new(Effect::Observe, summary)
    }

    /// Adds the exact action for the approval card.
    #[must_use]
    pub fn preview(mut self, preview: impl Into<String>) -> Self {
        self.preview = Some(preview.into());
        self
    }

    /// Marks the call as refused, with the rule and the reason.
    #[must_use]
    pub fn refuse(mut self, reason: impl Into<String>) -> Self {
        self.refusal = Some(reason.into());
        self
    }
}
