//! A model that wants a fixed list of things done, each exactly once, and reads what its calls
//! say: what may be made again is called again, what is in doubt it tries all the same (the gate
//! must hold), what is done it leaves alone. It keeps no state: everything is in the transcript,
//! so that a session that goes on after a crash meets the same model.

use serde_json::{Value, json};

use crate::support::model_server::{Answer, delta, finish, usage};

/// One thing to do.
#[derive(Debug, Clone)]
pub struct Goal {
    pub tool: &'static str,
    pub arguments: Value,
}

impl Goal {
    pub fn new(tool: &'static str, arguments: Value) -> Self {
        Self { tool, arguments }
    }
}

/// Tries before a goal is left.
const TRIES: usize = 4;

/// The id of a call: which goal, which try.
fn id(goal: usize, attempt: usize) -> String {
    format!("goal{goal}try{attempt}")
}

/// The next message to a request with these `goals`.
pub fn answer(goals: &[Goal], body: &Value) -> Answer {
    let messages = body["messages"].as_array().unwrap();
    for (number, goal) in goals.iter().enumerate() {
        let prefix = format!("goal{number}try");
        let replies: Vec<String> = messages
            .iter()
            .filter(|message| message["role"] == "tool")
            .filter(|message| message["tool_call_id"].as_str().is_some_and(|id| id.starts_with(&prefix)))
            .map(|message| message["content"].to_string())
            .collect();
        let settled = match replies.last() {
            None => false,
            Some(last) => !["may be made again", "outcome is unknown", "not run: the process ended"]
                .iter()
                .any(|words| last.contains(words)),
        };
        if !settled && replies.len() < TRIES {
            return call(&id(number, replies.len()), goal, messages);
        }
    }
    Answer::text("Everything is done.")
}

/// What stands in arguments for the id of the first call that worked.
pub const EVIDENCE: &str = "<evidence>";

fn call(id: &str, goal: &Goal, messages: &[Value]) -> Answer {
    let worked = messages
        .iter()
        .find(|message| message["role"] == "tool" && !message["content"].to_string().contains("the process ended"));
    let evidence = worked.and_then(|message| message["tool_call_id"].as_str()).unwrap_or_default();
    let arguments = goal.arguments.to_string().replace(EVIDENCE, evidence);
    let function = json!({"name": goal.tool, "arguments": arguments});
    let call = json!({"tool_calls": [{"index": 0, "id": id, "type": "function", "function": function}]});
    Answer::events(&[delta(&json!({"content": "Next. "})), delta(&call), finish("tool_calls"), usage()])
}
