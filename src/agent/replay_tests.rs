use chrono::Utc;
use serde_json::{Value, json};

use super::*;

fn recorded(events: Vec<Event>) -> Vec<Recorded> {
    (1..).zip(events).map(|(seq, event)| Recorded { session_id: "s".into(), seq, at: Utc::now(), event }).collect()
}

fn call(id: &str) -> ToolCall {
    ToolCall { id: id.into(), name: "psql".into(), arguments: "{}".into(), extra: Value::Null }
}

#[test]
fn a_call_cut_off_by_a_crash_has_an_unknown_outcome() {
    let replayed = replay(recorded(vec![
        Event::TurnStarted { turn: 1, input: "hi".into(), driver: "playbook".into() },
        Event::Message { text: String::new(), calls: vec![call("a"), call("b"), call("c")], extra: Value::Null },
        Event::ToolStarted {
            call_id: "a".into(),
            name: "psql".into(),
            arguments: json!({}),
            effect: dbwright_contract::Effect::Observe,
            summary: "s".into(),
        },
        Event::ToolFinished {
            call_id: "a".into(),
            name: "psql".into(),
            status: ToolStatus::Ok,
            text: "1".into(),
            json: json!(1),
            elapsed_ms: 1,
        },
        Event::ToolStarted {
            call_id: "b".into(),
            name: "psql".into(),
            arguments: json!({}),
            effect: dbwright_contract::Effect::Change,
            summary: "s".into(),
        },
    ]));
    let texts: Vec<(&str, bool, bool)> = replayed
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Tool(reply) => Some((reply.call_id.as_str(), reply.ok, reply.text.contains("unknown"))),
            _ => None,
        })
        .collect();
    assert_eq!(texts, [("a", true, false), ("b", false, true), ("c", false, false)]);
    assert_eq!(replayed.turns, 1);
}
