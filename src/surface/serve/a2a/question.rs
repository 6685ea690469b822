//! A message of the protocol as a question to the specialist.

use a2a::{Message, PartContent};
use serde_json::Value;

/// Longest context id: it names a session of ours.
const CONTEXT_BYTES: usize = 128;
/// The field of a data part that grants pending approvals.
const APPROVE: &str = "approve";

/// What a message asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Question {
    /// In words.
    pub(super) text: String,
    /// Approvals that the caller grants with it.
    pub(super) approved: Vec<String>,
}

/// Reads a message. The error is a sentence for the caller.
pub(super) fn read(message: &Message, context_id: &str) -> Result<Question, String> {
    if context_id.is_empty() || context_id.len() > CONTEXT_BYTES || context_id.chars().any(char::is_control) {
        return Err(format!("a contextId has 1 to {CONTEXT_BYTES} bytes and no control characters"));
    }
    let mut question = Question::default();
    let mut pieces: Vec<String> = Vec::new();
    for part in &message.parts {
        match &part.content {
            PartContent::Text(text) if part.media_type.as_deref() == Some("application/sql") => {
                pieces.push(format!("```sql\n{}\n```", text.trim()));
            }
            PartContent::Text(text) => pieces.push(text.trim().to_owned()),
            PartContent::Data(data) => match granted(data) {
                Some(ids) => question.approved.extend(ids),
                None => pieces.push(format!("```json\n{data}\n```")),
            },
            PartContent::Raw(_) | PartContent::Url(_) => {
                return Err("files are not read: send their text as a text part".to_owned());
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    if pieces.is_empty() && !question.approved.is_empty() {
        pieces.push("go on: approved".to_owned());
    }
    question.text = pieces.join("\n\n");
    if question.text.is_empty() {
        return Err("the message has no text: say what is asked".to_owned());
    }
    Ok(question)
}

fn granted(data: &Value) -> Option<Vec<String>> {
    let ids = data.get(APPROVE)?.as_array()?;
    Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
