//! Chunks in, deltas out. Pure: no clock, no network.

use serde_json::{Map, Value};

use super::{
    calls::Calls,
    chunk::{Chunk, StreamedError},
    extra::merge,
    think::ThinkSplitter,
};
use crate::model::{Delta, FinishReason, ModelError, Usage, catalog::Echo};

/// Bytes per token where the endpoint does not count for us.
const BYTES_PER_TOKEN: f64 = 3.6;

/// One answer in the making.
#[derive(Debug)]
pub(super) struct Assembler {
    echo: Echo,
    think: ThinkSplitter,
    calls: Calls,
    extra: Map<String, Value>,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    prompt_bytes: usize,
    written_bytes: usize,
}

impl Assembler {
    /// An empty answer to a prompt of `prompt_bytes`, from which tokens are estimated if need be.
    pub(super) fn new(echo: Echo, prompt_bytes: usize) -> Self {
        Self {
            echo,
            think: ThinkSplitter::default(),
            calls: Calls::default(),
            extra: Map::new(),
            usage: None,
            finish: None,
            prompt_bytes,
            written_bytes: 0,
        }
    }

    /// Whether the endpoint said that the answer is complete. Only figures can follow.
    pub(super) const fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// What `chunk` adds.
    ///
    /// # Errors
    /// When it is an error instead of an answer.
    pub(super) fn push(&mut self, chunk: Chunk) -> Result<Vec<Delta>, ModelError> {
        if let Some(error) = chunk.error {
            return Err(in_stream(error));
        }
        if chunk.usage.is_some() {
            self.usage = chunk.usage;
        }
        let Some(piece) = chunk.piece else { return Ok(Vec::new()) };
        let mut deltas = Vec::new();
        // Some endpoints repeat the whole message after its parts.
        if !piece.whole || (self.written_bytes == 0 && self.calls.is_empty()) {
            self.written_bytes += piece.text.len() + piece.reasoning.len();
            if !piece.reasoning.is_empty() {
                deltas.push(Delta::Reasoning(piece.reasoning));
            }
            if !piece.text.is_empty() {
                deltas.extend(self.think.push(&piece.text));
            }
            for mut call in piece.calls {
                call.extra.retain(|name, _| self.echo.of_call(name));
                self.calls.push(call);
            }
            let mut extra = piece.extra;
            extra.retain(|name, _| self.echo.of_message(name));
            merge(&mut self.extra, extra);
        }
        if let Some(reason) = piece.finish
            && self.finish.is_none()
        {
            self.finish = Some(finish_reason(&reason)?);
        }
        Ok(deltas)
    }

    /// The rest of the answer, once the stream has ended.
    ///
    /// # Errors
    /// When it ended before the endpoint said that it was complete.
    pub(super) fn close(mut self) -> Result<Vec<Delta>, ModelError> {
        let Some(finish) = self.finish else {
            let written = self.written_bytes + self.calls.bytes();
            let why = if written == 0 {
                "the endpoint closed the stream without an answer".to_owned()
            } else {
                format!("the stream ended after {written} bytes without a finish reason")
            };
            return Err(ModelError::BrokenOff(why));
        };
        let mut deltas = self.think.finish();
        let finish = match finish {
            // Whatever it is called: a complete call waits for its result.
            _ if self.calls.is_empty() => finish,
            FinishReason::Length | FinishReason::Filtered if self.calls.any_unfinished() => finish,
            _ => FinishReason::ToolCalls,
        };
        let usage = self.usage.unwrap_or_else(|| Usage {
            input_tokens: estimate(self.prompt_bytes),
            cached_tokens: 0,
            output_tokens: estimate(self.written_bytes + self.calls.bytes()),
            estimated: true,
        });
        deltas.extend(self.calls.finish().into_iter().map(Delta::Call));
        if !self.extra.is_empty() {
            deltas.push(Delta::Extra(Value::Object(self.extra)));
        }
        deltas.push(Delta::Usage(usage));
        deltas.push(Delta::Finished(finish));
        Ok(deltas)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of a positive count"
)]
fn estimate(bytes: usize) -> u64 {
    (bytes as f64 / BYTES_PER_TOKEN).ceil() as u64
}

fn in_stream(error: StreamedError) -> ModelError {
    match error.status {
        Some(408 | 409 | 429) | None => ModelError::InStream(error.message),
        Some(status) if status < 500 => ModelError::Refused { status, message: error.message },
        Some(_) => ModelError::InStream(error.message),
    }
}

fn finish_reason(reason: &str) -> Result<FinishReason, ModelError> {
    match reason.to_ascii_lowercase().as_str() {
        "length" | "max_tokens" | "max_output_tokens" | "model_length" => Ok(FinishReason::Length),
        "content_filter" | "safety" | "recitation" | "blocklist" | "prohibited_content" => Ok(FinishReason::Filtered),
        "tool_calls" | "function_call" | "tool_use" => Ok(FinishReason::ToolCalls),
        "error" => Err(ModelError::InStream("the endpoint gave up with finish reason `error`".to_owned())),
        "malformed_function_call" => {
            Err(ModelError::BrokenOff("the model wrote a call that the endpoint could not read".to_owned()))
        }
        // `stop`, and every name that a server has invented for it.
        _ => Ok(FinishReason::Stop),
    }
}

#[cfg(test)]
#[path = "assembler_tests.rs"]
mod tests;
