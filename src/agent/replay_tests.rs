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
            preview: None,
        },
        Event::ToolFinished {
            call_id: "a".into(),
            name: "psql".into(),
            status: ToolStatus::Ok,
            text: "1".into(),
            json: json!(1),
            elapsed_ms: 1,
            provenance: None,
        },
        Event::ToolStarted {
            call_id: "b".into(),
            name: "psql".into(),
            arguments: json!({}),
            effect: dbwright_contract::Effect::Change,
            summary: "s".into(),
            preview: None,
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
    assert_eq!(texts, [("a", true, false), ("c", false, false)]);
    let interrupted: Vec<&str> = replayed.interrupted.iter().map(|call| call.call_id.as_str()).collect();
    assert_eq!(interrupted, ["b"]);
    assert_eq!(replayed.turns, 1);
}

fn begun(id: &str) -> Event {
    Event::ToolStarted {
        call_id: id.into(),
        name: "psql".into(),
        arguments: json!({"n": 1}),
        effect: dbwright_contract::Effect::Change,
        summary: "s".into(),
        preview: None,
    }
}

fn message(id: &str) -> Event {
    Event::Message { text: String::new(), calls: vec![call(id)], extra: Value::Null }
}

#[test]
fn a_change_of_unknown_outcome_stays_in_doubt_until_it_is_made_again() {
    let unknown = Event::ToolFinished {
        call_id: "a".into(),
        name: "psql".into(),
        status: ToolStatus::Unknown,
        text: "?".into(),
        json: Value::Null,
        elapsed_ms: 0,
        provenance: None,
    };
    let mut events = vec![message("a"), begun("a"), unknown];
    let replayed = replay(recorded(events.clone()));
    assert!(replayed.interrupted.is_empty(), "it has been looked up");
    assert!(replayed.doubts.holds("psql", &json!({"n": 1})) && !replayed.doubts.holds("psql", &json!({"n": 2})));
    events.extend([message("b"), begun("b")]);
    assert_eq!(replay(recorded(events)).doubts, Doubts::default());
    // Gone on without having been looked up, as earlier versions did.
    let turn = Event::TurnStarted { turn: 2, input: "on".into(), driver: "playbook".into() };
    let replayed = replay(recorded(vec![message("a"), begun("a"), turn]));
    assert!(replayed.doubts.holds("psql", &json!({"n": 1})) && replayed.interrupted.is_empty());
}
