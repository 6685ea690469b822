//! The answer to "may this run?".

use dbwright_finding::Effect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// How far a session may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Reads only.
    #[default]
    Readonly,
    /// Also ANALYZE, VACUUM and REINDEX CONCURRENTLY, each after approval.
    Maintain,
    /// Also schema, settings and data, each after approval.
    Change,
}

/// Allow, ask or block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Runs.
    Allow,
    /// Runs if somebody approves the exact action.
    Ask,
    /// Does not run, whoever approves.
    Block,
}

/// What the policy says of one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ruling {
    /// The answer.
    pub decision: Decision,
    /// The most that it could do.
    pub effect: Effect,
    /// The rule that decided: `sql.data_changing_cte`, `redis.write`, or a project's own.
    pub rule: String,
    /// What the rule met, and what to do instead.
    pub reason: String,
}

impl Ruling {
    /// A ruling.
    pub fn new(decision: Decision, effect: Effect, rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { decision, effect, rule: rule.into(), reason: reason.into() }
    }

    /// A rule's no to something that could do as much as `effect`.
    pub fn block(effect: Effect, refusal: Refusal) -> Self {
        Self::new(Decision::Block, effect, refusal.rule, refusal.reason)
    }
}
