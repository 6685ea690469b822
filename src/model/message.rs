//! The neutral transcript that every driver reads and extends.

use dbwright_contract::{Fence, ToolSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call of a tool, as the driver asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// Unique within the session; results refer to it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Arguments as the driver wrote them: usually JSON, sometimes broken.
    pub arguments: String,
    /// Fields of the endpoint that must be echoed with the call (thought signatures).
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub extra: Value,
}

/// Where a result from outside comes from, and the mark of the fence around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// `database`, `Redis`, `file`; empty where the tool does not say.
    #[serde(default)]
    pub source: String,
    /// Made for this one result.
    pub fence: Fence,
}

/// What a call produced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolReply {
    /// The call answered.
    pub call_id: String,
    /// The tool's name.
    pub name: String,
    /// Whether the call produced a result; otherwise `text` says why not.
    pub ok: bool,
    /// The bounded text that a language model sees.
    pub text: String,
    /// The whole result: what the playbook reads its figures from. Null on failure.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub json: Value,
    /// Set where `text` and `json` hold content from outside: data, never an instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// One entry of a transcript. Transcripts only grow, so that endpoints can cache the prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Item {
    /// A person, a parent agent, or the scheduler.
    User {
        /// What was asked.
        text: String,
    },
    /// The driver.
    Assistant {
        /// What it said, possibly nothing.
        text: String,
        /// The tools it called after saying so.
        calls: Vec<ToolCall>,
        /// Fields of the endpoint that must be echoed with the message (reasoning blobs).
        #[serde(default, skip_serializing_if = "Value::is_null")]
        extra: Value,
    },
    /// A tool.
    Tool(ToolReply),
}

/// Everything that a driver needs to continue.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The system prompt: stable within a session.
    pub system: String,
    /// The transcript, oldest first.
    pub items: Vec<Item>,
    /// The tools on offer, in a stable order.
    pub tools: Vec<ToolSpec>,
    /// Most tokens to answer with; the endpoint's own limit when `None`.
    pub max_output_tokens: Option<u32>,
    /// JSON schema that the final answer must follow, where the caller asked for one.
    pub output_schema: Option<Value>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The driver said all it wanted.
    Stop,
    /// It waits for the results of its calls.
    ToolCalls,
    /// The output limit cut it short.
    Length,
    /// The endpoint withheld the rest.
    Filtered,
}

/// Tokens of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Of these, tokens that the endpoint had cached.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Tokens written, reasoning included.
    pub output_tokens: u64,
    /// Whether the figures are our own estimate because the endpoint sent none.
    #[serde(default)]
    pub estimated: bool,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.output_tokens += other.output_tokens;
        self.estimated |= other.estimated;
    }
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// Words for the reader.
    Text(String),
    /// Reasoning that the endpoint shows: dimmed for people, never quoted back unless `Extra` says so.
    Reasoning(String),
    /// One complete call.
    Call(ToolCall),
    /// Fields to echo with this message.
    Extra(Value),
    /// Tokens of the exchange.
    Usage(Usage),
    /// The end.
    Finished(FinishReason),
}
