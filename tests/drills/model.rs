//! A language model that fails in every known way, through the whole program: each failure ends in
//! an event that says what happened, and in an answer or an exit code; nothing hangs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    model_server::{Answer, ModelServer, Piece, delta, event, finish, usage},
    program::{Ended, Home, json_lines},
};

/// Silence within an answer that counts as a stall: one second, set in the drill's home.
const IDLE_S: u64 = 1;
/// Longest run: four attempts of a stall with the pauses between them, the rest is room for a busy
/// machine. A guard, no measurement.
const PATIENCE: Duration = Duration::from_secs(60);

fn home() -> Home {
    let home = Home::new();
    let folder = home.path().join(".config/dbwright");
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!("model: {{idle_timeout_s: {IDLE_S}}}\nlimits: {{tokens: 5000}}\n");
    std::fs::write(folder.join("config.yaml"), config).unwrap();
    home
}

async fn ask(home: &Home, server: &ModelServer) -> (Ended, Vec<Value>) {
    let base_url = server.base_url();
    let run = home.run_with_model(&base_url, &["ask", "--json", "what can you do?"]);
    let ended = tokio::time::timeout(PATIENCE, run).await.expect("nothing hangs");
    let events = json_lines(&ended.stdout);
    (ended, events)
}

fn notices(events: &[Value]) -> String {
    let notices = events.iter().filter(|event| event["type"] == "notice");
    notices.filter_map(|event| event["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

fn half() -> Piece {
    event(&delta(&json!({"content": "half"})))
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"message": message}}))
}

/// Faults that another attempt may get past, and the words that must be on record.
fn passing_faults() -> Vec<(&'static str, Answer, &'static str)> {
    vec![
        ("a stall in the middle", Answer::pieces(vec![half(), Piece::Hang]), "sent nothing for 1 s"),
        ("a stall at the start", Answer::pieces(vec![Piece::Hang]), "sent nothing for 1 s"),
        ("429", error(429, "slow down").header("retry-after", "1"), "trying again in 1.0 s"),
        ("500", error(500, "oops").header("retry-after", "0"), "HTTP 500"),
        ("503", error(503, "overloaded").header("retry-after", "0"), "HTTP 503"),
        ("529", error(529, "overloaded").header("retry-after", "0"), "HTTP 529"),
        ("an event that is cut", Answer::pieces(vec![half(), bytes("data: {\"choices\": [\n\n")]), "broke off"),
        ("a stream that is cut", Answer::pieces(vec![half()]), "broke off"),
        ("a connection that is reset", Answer::pieces(vec![half(), Piece::Break]), "broke off"),
        (
            "an error in the stream",
            Answer::pieces(vec![half(), bytes("data: {\"error\": {\"message\": \"died\"}}\n\n")]),
            "died",
        ),
        ("no choices", Answer::events(&[json!({"choices": []})]), "without an answer"),
        ("an empty body", Answer::json(200, &json!({})), "broke off"),
        ("nothing", Answer::pieces(vec![]), "broke off"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_is_on_record_and_the_answer_comes() {
    let mut running = tokio::task::JoinSet::new();
    for (name, fault, words) in passing_faults() {
        running.spawn(async move {
            let home = home();
            let server = ModelServer::start(vec![fault, Answer::text("Here it is.")]).await;
            let (ended, events) = ask(&home, &server).await;
            assert_eq!(ended.code, 0, "{name}: {ended:?}");
            assert!(notices(&events).contains(words), "{name}: {}", notices(&events));
            let last = events.last().unwrap();
            assert_eq!((&last["type"], &last["answer"]), (&json!("turn_finished"), &json!("Here it is.")), "{name}");
            assert_eq!(last["stop"]["reason"], "answered", "{name}");
        });
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_stays_hands_over_and_says_why() {
    let overflow = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens";
    for (name, fault, words) in [
        ("a stall", Answer::pieces(vec![half(), Piece::Hang]), "sent nothing for 1 s"),
        ("busy for ever", error(503, "overloaded").header("retry-after", "0"), "HTTP 503"),
        ("too long", error(400, overflow), "maximum context length"),
        ("no such model", error(404, "no model m"), "no model m"),
        ("a bad key", error(401, "bad key"), "refused the key"),
        ("no money", Answer::json(429, &json!({"error": {"code": "insufficient_quota", "message": "pay"}})), "pay"),
    ] {
        let home = home();
        let server = ModelServer::start_with(move |_, _| fault.clone()).await;
        let (ended, events) = ask(&home, &server).await;
        assert_eq!(ended.code, 0, "{name}: {ended:?}");
        let notices = notices(&events);
        assert!(notices.contains(words) && notices.contains("the playbook finishes this turn"), "{name}: {notices}");
        assert_eq!(events.last().unwrap()["stop"]["reason"], "answered", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_cut_says_so() {
    let read = json!({"tool_calls": [{"index": 0, "id": "a", "type": "function",
        "function": {"name": "Read", "arguments": "{\"path\": \"a"}}]});
    for (name, answer, words) in [
        ("length", Answer::events(&[delta(&json!({"content": "so"})), finish("length"), usage()]), "output limit"),
        (
            "filter",
            Answer::events(&[delta(&json!({"content": "so"})), finish("content_filter"), usage()]),
            "content filter",
        ),
    ] {
        let home = home();
        let server = ModelServer::start(vec![answer]).await;
        let (ended, events) = ask(&home, &server).await;
        assert_eq!(ended.code, 0, "{name}: {ended:?}");
        assert!(notices(&events).contains(words), "{name}: {events:#?}");
        assert_eq!(events.last().unwrap()["answer"], "so", "{name}");
    }
    // Half a call is not run.
    let home = home();
    let server = ModelServer::start(vec![Answer::events(&[delta(&read), finish("length"), usage()])]).await;
    let (_, events) = ask(&home, &server).await;
    assert!(notices(&events).contains("calls were not run"), "{events:#?}");
    assert!(!events.iter().any(|event| event["type"] == "tool_started"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_calls_are_answered_and_the_turn_goes_on() {
    let twice = json!({"tool_calls": [
        {"index": 0, "id": "same", "type": "function", "function": {"name": "Glob", "arguments": "{\"pattern\": \"*\"}"}},
        {"index": 1, "id": "same", "type": "function", "function": {"name": "Glob", "arguments": "{\"pattern\": \"?\"}"}}]});
    let half = json!({"tool_calls": [
        {"index": 0, "id": "h", "type": "function", "function": {"name": "Glob", "arguments": "{\"pattern\": "}}]});
    let invalid = {
        let text = r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"i","type":"function","function":{"name":"Glob","arguments":"{\"pattern\": \"@*\"}"}}]}}]}"#;
        text.bytes().map(|byte| if byte == b'@' { 0xff } else { byte }).chain(*b"\n\n").collect::<Vec<u8>>()
    };
    let whole = |call: &Value| Answer::events(&[delta(call), finish("tool_calls"), usage()]);
    for (name, answer, statuses) in [
        ("one id twice", whole(&twice), &["ok", "ok"][..]),
        ("cut arguments", whole(&half), &["failed"]),
        ("an unknown tool", Answer::calls("", &[("drop_everything", json!({}))]), &["failed"]),
        ("no arguments", Answer::calls("", &[("Glob", Value::Null)]), &["failed"]),
        ("a megabyte", Answer::calls("", &[("Grep", json!({"pattern": "x".repeat(1 << 20)}))]), &["failed"]),
        ("not UTF-8", Answer::pieces(vec![Piece::Bytes(invalid), event(&finish("tool_calls"))]), &["ok"]),
    ] {
        let home = home();
        let server = ModelServer::start(vec![answer, Answer::text("Fine.")]).await;
        let (ended, events) = ask(&home, &server).await;
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        let finished: Vec<&Value> = events.iter().filter(|event| event["type"] == "tool_finished").collect();
        let found: Vec<&str> = finished.iter().filter_map(|event| event["status"].as_str()).collect();
        assert_eq!(found, statuses, "{name}: {finished:#?}");
        let mut ids: Vec<&str> = finished.iter().filter_map(|event| event["call_id"].as_str()).collect();
        ids.dedup();
        assert_eq!(ids.len(), statuses.len(), "{name}: every call has its own id");
        assert_eq!(events.last().unwrap()["answer"], "Fine.", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_and_budgets_end_with_their_reason() {
    let home = home();
    let same = ModelServer::start_with(|_, _| Answer::calls("", &[("Glob", json!({"pattern": "*"}))])).await;
    let (ended, events) = ask(&home, &same).await;
    assert_eq!((ended.code, &events.last().unwrap()["stop"]["reason"]), (1, &json!("repetition")), "{ended:?}");
    assert_eq!(events.iter().filter(|event| event["type"] == "tool_started").count(), 3);
    // Each exchange counts 110 tokens, of 5,000 that the home allows.
    let hungry =
        ModelServer::start_with(|n, _| Answer::calls("", &[("Glob", json!({"pattern": format!("{n}*")}))])).await;
    let (ended, events) = ask(&home, &hungry).await;
    assert_eq!((ended.code, &events.last().unwrap()["stop"]["reason"]), (4, &json!("budget")), "{ended:?}");
    let base_url = hungry.base_url();
    let run = home.run_with_model(&base_url, &["ask", "--json", "--max-turns", "3", "go"]);
    let ended = tokio::time::timeout(PATIENCE, run).await.expect("nothing hangs");
    assert_eq!((ended.code, &json_lines(&ended.stdout).last().unwrap()["stop"]["reason"]), (4, &json!("step_limit")));
}
