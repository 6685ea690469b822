//! One event of the stream, read leniently: no field is required, no type is taken for granted.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::failure::error_words;
use crate::model::Usage;

/// An event's content.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Chunk {
    /// An error where an answer was expected.
    pub(super) error: Option<StreamedError>,
    /// Tokens, where this event tells them.
    pub(super) usage: Option<Usage>,
    /// What it adds to the answer.
    pub(super) piece: Option<Piece>,
}

/// An error that arrived with status 200.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StreamedError {
    /// The status that it would have had, where it says so.
    pub(super) status: Option<u16>,
    pub(super) message: String,
}

/// What an event adds to the answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Piece {
    /// The event carries the whole message, not a part of it.
    pub(super) whole: bool,
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) calls: Vec<CallPiece>,
    pub(super) finish: Option<String>,
    /// Everything else in the message.
    pub(super) extra: Map<String, Value>,
}

/// A part of a call, or a whole one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct CallPiece {
    pub(super) index: Option<i64>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    /// The arguments came as a JSON object, hence complete.
    pub(super) whole: bool,
    /// Everything else in the call.
    pub(super) extra: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(Value::deserialize(deserializer)?))
    }
}

impl Chunk {
    /// Reads what can be read of `value`; the rest is ignored.
    pub(super) fn read(mut value: Value) -> Self {
        // Gemini wraps an error body in a list.
        if let Value::Array(items) = &mut value {
            value = if items.is_empty() { Value::Null } else { items.swap_remove(0) };
        }
        let error = streamed_error(&value);
        let usage = value.get("usage").and_then(read_usage);
        let choices = value.get_mut("choices").map(Value::take);
        let piece = match choices {
            Some(Value::Array(choices)) => choices.into_iter().find(is_first).map(read_choice),
            _ => None,
        };
        Self { error, usage, piece }
    }
}

fn streamed_error(value: &Value) -> Option<StreamedError> {
    let in_choice = value.get("choices").and_then(|choices| choices.get(0)).and_then(|choice| choice.get("error"));
    let error = [value.get("error"), in_choice].into_iter().flatten().find(|error| !error.is_null());
    let flat = value.get("choices").is_none()
        && (value.get("object").is_some_and(|object| object == "error") || value.get("detail").is_some());
    if error.is_none() && !flat {
        return None;
    }
    let error = error.unwrap_or(value);
    let status = ["code", "status", "status_code"].into_iter().find_map(|name| match error.get(name)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    });
    let message = error_words(error).unwrap_or_else(|| error.to_string());
    Some(StreamedError { status: status.filter(|status| (400..600).contains(status)), message })
}

fn is_first(choice: &Value) -> bool {
    choice.get("index").and_then(Value::as_i64).is_none_or(|index| index == 0)
}

fn read_choice(mut choice: Value) -> Piece {
    let finish = choice.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty());
    let finish = finish.map(str::to_owned);
    let delta = choice.get_mut("delta").map(Value::take).filter(Value::is_object);
    let whole = delta.is_none();
    let message = delta.or_else(|| choice.get_mut("message").map(Value::take));
    let Some(Value::Object(message)) = message else { return Piece { finish, ..Piece::default() } };
    let mut piece = Piece { whole, finish, ..Piece::default() };
    for (key, value) in message {
        match key.as_str() {
            "content" => read_content(value, &mut piece),
            "refusal" => piece.text.push_str(value.as_str().unwrap_or_default()),
            "tool_calls" => {
                if let Value::Array(calls) = value {
                    piece.calls.extend(calls.into_iter().map(read_call));
                }
            }
            "function_call" => {
                if value.is_object() {
                    let mut call = Map::new();
                    call.insert("function".to_owned(), value);
                    piece.calls.push(read_call(Value::Object(call)));
                }
            }
            "reasoning_content" | "reasoning" => {
                // Some gateways send the same words under both names.
                if let Some(words) = value.as_str()
                    && words != piece.reasoning
                {
                    piece.reasoning.push_str(words);
                }
                piece.extra.insert(key, value);
            }
            "reasoning_details" => {
                if piece.reasoning.is_empty() && !value.is_null() {
                    piece.reasoning = reasoning_words(&value);
                }
                piece.extra.insert(key, value);
            }
            "role" | "audio" | "annotations" => {}
            _ => {
                piece.extra.insert(key, value);
            }
        }
    }
    piece.extra.retain(|_, value| !value.is_null());
    piece
}

fn read_content(content: Value, piece: &mut Piece) {
    match content {
        Value::String(text) => piece.text.push_str(&text),
        Value::Array(parts) => {
            for part in parts {
                match part {
                    Value::String(text) => piece.text.push_str(&text),
                    Value::Object(part) => {
                        let words = ["text", "thinking", "refusal"].into_iter().find_map(|name| part.get(name));
                        let words = match words {
                            Some(Value::String(text)) => text.clone(),
                            Some(nested @ Value::Array(_)) => reasoning_words(nested),
                            _ => continue,
                        };
                        let kind = part.get("type").and_then(Value::as_str).unwrap_or("text");
                        let into = if matches!(kind, "thinking" | "reasoning") {
                            &mut piece.reasoning
                        } else {
                            &mut piece.text
                        };
                        into.push_str(&words);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The readable words of a list of reasoning blocks.
fn reasoning_words(blocks: &Value) -> String {
    let Value::Array(blocks) = blocks else { return String::new() };
    blocks
        .iter()
        .filter_map(|block| ["text", "summary"].into_iter().find_map(|name| block.get(name)?.as_str()))
        .collect()
}

fn read_call(call: Value) -> CallPiece {
    let Value::Object(call) = call else { return CallPiece::default() };
    let mut piece = CallPiece::default();
    let mut arguments = None;
    for (key, value) in call {
        match key.as_str() {
            "index" => {
                piece.index = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
            }
            "id" => piece.id = scalar(&value),
            "type" => {}
            "function" => {
                let Value::Object(function) = value else { continue };
                for (key, value) in function {
                    match key.as_str() {
                        "name" => piece.name = scalar(&value),
                        "arguments" => arguments = Some(value),
                        _ => {}
                    }
                }
            }
            // A few servers put the function's fields on the call itself.
            "name" => piece.name = scalar(&value),
            "arguments" => arguments = Some(value),
            _ => {
                if !value.is_null() {
                    piece.extra.insert(key, value);
                }
            }
        }
    }
    match arguments {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => piece.arguments = text,
        Some(value) => {
            piece.arguments = value.to_string();
            piece.whole = true;
        }
    }
    piece
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn read_usage(usage: &Value) -> Option<Usage> {
    let number = |value: Option<&Value>| -> Option<u64> {
        let value = value?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count")]
        value.as_u64().or_else(|| value.as_f64().filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64))
    };
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| number(usage.get(name)));
    let input = first(["prompt_tokens", "input_tokens"]);
    let output = first(["completion_tokens", "output_tokens"]);
    if input.is_none() && output.is_none() {
        return None;
    }
    let input_tokens = input.unwrap_or_default();
    let cached = ["prompt_tokens_details", "input_tokens_details"]
        .into_iter()
        .find_map(|name| number(usage.get(name)?.get("cached_tokens")))
        .or_else(|| first(["prompt_cache_hit_tokens", "cached_tokens"]));
    // Gemini counts reasoning in the total only.
    let beyond_input = number(usage.get("total_tokens")).unwrap_or_default().saturating_sub(input_tokens);
    let output_tokens = output.unwrap_or_default().max(beyond_input);
    if input_tokens == 0 && output_tokens == 0 {
        return None;
    }
    let cached_tokens = cached.unwrap_or_default().min(input_tokens);
    Some(Usage { input_tokens, cached_tokens, output_tokens, estimated: false })
}
