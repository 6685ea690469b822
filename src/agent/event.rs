//! Everything that happens in a session, in the order it happened.
//!
//! One type serves the journal, `ask --json`, every surface and every resume. An event is
//! journaled before any surface sees it; whatever is not an event did not happen.

use chrono::{DateTime, Utc};
use dbwright_contract::Effect;
use dbwright_finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval::Decision;
use crate::model::{Provenance, ToolCall, Usage};

/// One event of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A turn began with this input.
    TurnStarted {
        /// Counts from 1 within the session.
        turn: u32,
        /// What was asked.
        input: String,
        /// The driver that answers: `playbook`, or a model's name.
        driver: String,
    },
    /// Words of the answer, in pieces.
    Text {
        /// The piece.
        text: String,
    },
    /// Reasoning that the endpoint shows, in pieces.
    Reasoning {
        /// The piece.
        text: String,
    },
    /// The driver finished one message: its whole text and the calls it asks for.
    Message {
        /// The whole text.
        text: String,
        /// The calls, in order.
        calls: Vec<ToolCall>,
        /// Endpoint fields to echo.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        extra: Value,
    },
    /// A call is about to run: its intent, on record before anything changes.
    ToolStarted {
        /// The call.
        call_id: String,
        /// The tool.
        name: String,
        /// The arguments as read.
        arguments: Value,
        /// The most it can do.
        effect: Effect,
        /// One line for people.
        summary: String,
        /// The exact action, where the call changes something.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
    },
    /// A running call says what it does.
    ToolProgress {
        /// The call.
        call_id: String,
        /// In a few words.
        message: String,
    },
    /// A call ended.
    ToolFinished {
        /// The call.
        call_id: String,
        /// The tool.
        name: String,
        /// How it ended.
        status: ToolStatus,
        /// What the model sees.
        text: String,
        /// The whole result. Null on failure.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        json: Value,
        /// Wall time.
        elapsed_ms: u64,
        /// Set where the result holds content from outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provenance: Option<Provenance>,
    },
    /// Content from outside entered the session for the first time: from here on, what changes
    /// something is asked about more often.
    Tainted {
        /// The call that brought it.
        call_id: String,
        /// The tool.
        name: String,
        /// Where it is from.
        source: String,
    },
    /// Somebody was asked whether a call may run, and answered.
    Approval {
        /// The call.
        call_id: String,
        /// The most it can do.
        effect: Effect,
        /// One line for people.
        summary: String,
        /// The exact action.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
        /// Hash of the tool, its arguments, the exact action and the servers: the answer is about
        /// this and nothing else.
        #[serde(default)]
        action: String,
        /// Whether content from outside was in the session.
        #[serde(default)]
        tainted: bool,
        /// The answer.
        decision: Decision,
    },
    /// A tool found a problem.
    Finding {
        /// The call that found it.
        call_id: String,
        /// The problem.
        finding: Box<Finding>,
    },
    /// Tokens of one exchange, and the session's sum so far.
    Usage {
        /// This exchange.
        usage: Usage,
        /// The session so far.
        total: Usage,
        /// What the session cost so far in US dollars, where prices are known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_usd: Option<f64>,
    },
    /// Something that people should know: a fallback, a retry, a figure without evidence.
    Notice {
        /// The words.
        text: String,
    },
    /// A turn ended.
    TurnFinished {
        /// Counts from 1 within the session.
        turn: u32,
        /// Why.
        stop: Stop,
        /// Steps (exchanges with the driver) that it took.
        steps: u32,
        /// The final answer; empty when there is none.
        answer: String,
    },
}

impl Event {
    /// The tag in JSON and the journal's kind column.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TurnStarted { .. } => "turn_started",
            Self::Text { .. } => "text",
            Self::Reasoning { .. } => "reasoning",
            Self::Message { .. } => "message",
            Self::ToolStarted { .. } => "tool_started",
            Self::ToolProgress { .. } => "tool_progress",
            Self::ToolFinished { .. } => "tool_finished",
            Self::Tainted { .. } => "tainted",
            Self::Approval { .. } => "approval",
            Self::Finding { .. } => "finding",
            Self::Usage { .. } => "usage",
            Self::Notice { .. } => "notice",
            Self::TurnFinished { .. } => "turn_finished",
        }
    }
}

/// An event as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// The session.
    pub session_id: String,
    /// Position in the session, from 1 and without gaps.
    pub seq: u64,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolStatus {
    /// It produced a result.
    Ok,
    /// It failed; the text says why.
    Failed,
    /// A guard rail, the permission mode or a person refused it.
    Refused,
    /// It needs an approval that nobody could give here.
    Pending,
    /// The turn was interrupted.
    Cancelled,
    /// The process ended while it ran: its outcome is unknown.
    Unknown,
}

/// Why a turn ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Stop {
    /// The driver answered.
    Answered,
    /// The limit of exchanges was reached.
    StepLimit {
        /// The limit.
        limit: u32,
    },
    /// The token or cost budget is used up.
    Budget {
        /// Which budget, with its figures.
        detail: String,
    },
    /// The same call was repeated with the same arguments and the same result.
    Repetition {
        /// The tool that was called over and over.
        tool: String,
    },
    /// Somebody interrupted.
    Cancelled,
    /// The driver failed.
    ModelFailed {
        /// Why.
        message: String,
    },
}
