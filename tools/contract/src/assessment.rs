//! What a tool says of one concrete call before it runs.

use dbwright_finding::Effect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
