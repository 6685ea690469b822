//! Whether an endpoint can do what a session needs of it: one cheap exchange each.

use std::borrow::Cow;

use dbwright_contract::ToolSpec;
use futures_util::StreamExt;
use serde_json::json;

use super::OpenAi;
use crate::model::{Delta, Item, Model, ModelError, Request, ToolCall, Usage};

/// What was tried, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// `streaming`, `tools`, or `usage`.
    pub name: &'static str,
    /// What was seen, or what is missing and what that costs.
    pub outcome: Result<String, Cow<'static, str>>,
}

#[derive(Default)]
struct Seen {
    pieces: usize,
    text: String,
    calls: Vec<ToolCall>,
    usage: Option<Usage>,
}

impl OpenAi {
    /// Tries streaming, tools and token counts with two small requests.
    ///
    /// # Errors
    /// When the endpoint cannot be used at all.
    pub async fn probe(&self) -> Result<Vec<Probe>, ModelError> {
        let greeting = self.ask("Count from one to five in words, nothing else.", Vec::new()).await?;
        let streaming = match greeting.pieces {
            0 => Err("it answered without words".into()),
            1 => Err("the answer came in one piece: it will appear all at once".into()),
            pieces => Ok(format!("{pieces} pieces, {} characters", greeting.text.chars().count())),
        };
        let usage = match greeting.usage {
            Some(Usage { estimated: false, input_tokens, output_tokens, .. }) => {
                Ok(format!("{input_tokens} tokens read, {output_tokens} written"))
            }
            _ => Err("it does not count tokens: budgets work with estimates".into()),
        };
        let echo = ToolSpec {
            name: "report_number",
            description: "Reports a number to the user.",
            parameters: json!({
                "type": "object",
                "properties": {"number": {"type": "integer"}},
                "required": ["number"],
                "additionalProperties": false,
            }),
        };
        let called = self.ask("Call report_number with the number 7.", vec![echo]).await;
        let tools = match called {
            Ok(seen) => match seen.calls.first() {
                None => Err("it answered in words instead of calling the tool: sessions need tools".into()),
                Some(call) => match serde_json::from_str::<serde_json::Value>(&call.arguments) {
                    Ok(arguments) if arguments.get("number").is_some_and(|number| number == 7) => {
                        Ok("called a tool with the right arguments".to_owned())
                    }
                    _ => Err(format!("called the tool with {}", call.arguments).into()),
                },
            },
            Err(error) => Err(error.to_string().into()),
        };
        Ok(vec![
            Probe { name: "streaming", outcome: streaming },
            Probe { name: "tools", outcome: tools },
            Probe { name: "usage", outcome: usage },
        ])
    }

    async fn ask(&self, text: &str, tools: Vec<ToolSpec>) -> Result<Seen, ModelError> {
        let request = Request {
            system: "You test a connection. Do exactly what you are asked, in as few words as possible.".to_owned(),
            items: vec![Item::User { text: text.to_owned() }],
            tools,
            ..Request::default()
        };
        let mut stream = self.stream(&request).await?;
        let mut seen = Seen::default();
        while let Some(delta) = stream.next().await {
            match delta? {
                Delta::Text(text) => {
                    seen.pieces += 1;
                    seen.text.push_str(&text);
                }
                Delta::Call(call) => seen.calls.push(call),
                Delta::Usage(usage) => seen.usage = Some(usage),
                Delta::Reasoning(_) | Delta::Extra(_) | Delta::Finished(_) => {}
            }
        }
        Ok(seen)
    }
}
