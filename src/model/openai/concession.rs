//! What an endpoint turned out not to take. Its refusal names the field; we leave it out from then on.

use serde_json::Value;

use crate::model::ModelError;

/// Departures from the endpoint's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one endpoint")]
pub(super) struct Concessions {
    /// Without `stream_options`.
    pub(super) no_usage: bool,
    /// Without `strict` in tools.
    pub(super) no_strict: bool,
    /// Without `parallel_tool_calls`.
    pub(super) no_parallel: bool,
    /// The schema of the answer stands in the prompt.
    pub(super) no_json_schema: bool,
    /// `max_tokens` instead of `max_completion_tokens`, or the other way round.
    pub(super) other_limit: bool,
    /// `reasoning_effort: none`: OpenAI's models from 5.4 on take tools in this protocol only so.
    pub(super) no_reasoning: bool,
}

impl Concessions {
    /// These concessions and the one that `error` asks for after `body` was sent; `None` when it
    /// asks for nothing that has not been granted.
    pub(super) fn and_one_for(self, error: &ModelError, body: &Value) -> Option<Self> {
        let ModelError::Refused { status: 400 | 404 | 422, message } = error else { return None };
        let message = message.to_ascii_lowercase();
        let about = |field: &str| message.contains(field) && body.get(field).is_some();
        let mut next = self;
        if message.contains("reasoning_effort") && message.contains("tools") {
            next.no_reasoning = true;
        } else if about("stream_options") {
            next.no_usage = true;
        } else if about("parallel_tool_calls") {
            next.no_parallel = true;
        } else if about("response_format") || message.contains("json_schema") {
            next.no_json_schema = true;
        } else if about("max_tokens") || about("max_completion_tokens") {
            next.other_limit = true;
        } else if message.contains("strict") || message.contains("invalid schema for function") {
            next.no_strict = true;
        }
        (next != self).then_some(next)
    }
}
