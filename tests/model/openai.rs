//! The OpenAI-compatible driver against a real server that misbehaves in every known way.

use std::{collections::HashMap, time::Duration};

use dbwright::model::{
    Choice, Delta, FinishReason, Item, Model, ModelError, OpenAi, Request, ToolCall, Usage, resolve,
};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::model_server::{Answer, ModelServer, Piece, delta, event, finish, read_script, usage};

const KEY: &str = "key-of-the-test-1234567890";
const PATIENCE: Duration = Duration::from_secs(60);

async fn connect_with(server_url: &str, model: Option<&str>, idle: Duration) -> Result<OpenAi, ModelError> {
    let env: HashMap<String, String> =
        [("OPENAI_BASE_URL", server_url), ("OPENAI_API_KEY", KEY)].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    match resolve(&env, None, model, Some("sonnet"), None)? {
        Choice::Endpoint(endpoint) => OpenAi::connect(&endpoint, idle).await,
        Choice::Playbook { reason } => panic!("{reason}"),
    }
}

async fn connect(server: &ModelServer) -> OpenAi {
    connect_with(&server.base_url(), Some("m"), PATIENCE).await.unwrap()
}

fn question() -> Request {
    Request { system: "s".into(), items: vec![Item::User { text: "q".into() }], ..Request::default() }
}

async fn ask(model: &OpenAi) -> Result<Vec<Delta>, ModelError> {
    let request = question();
    let mut stream = model.stream(&request).await?;
    let mut deltas = Vec::new();
    while let Some(delta) = stream.next().await {
        deltas.push(delta?);
    }
    Ok(deltas)
}

/// The answer to one question by a server with this script, and how many requests it took.
async fn once(answer: Answer) -> (Result<Vec<Delta>, ModelError>, usize) {
    let server = ModelServer::start(vec![answer]).await;
    let result = ask(&connect(&server).await).await;
    (result, server.asked().len())
}

fn text_of(deltas: &[Delta]) -> String {
    deltas.iter().filter_map(|delta| if let Delta::Text(text) = delta { Some(text.as_str()) } else { None }).collect()
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

#[tokio::test]
async fn words_arrive_in_pieces_with_figures_and_an_end() {
    let server = ModelServer::start(vec![Answer::text("Two indexes are unused.")]).await;
    let model = connect(&server).await;
    assert_eq!(model.name(), format!("m at {}", server.base_url().replace("http://", "").replace("/v1", "")));
    let deltas = ask(&model).await.unwrap();
    assert_eq!(text_of(&deltas), "Two indexes are unused.");
    assert_eq!(
        deltas[4..],
        [
            Delta::Usage(Usage { input_tokens: 100, cached_tokens: 0, output_tokens: 10, estimated: false }),
            Delta::Finished(FinishReason::Stop)
        ]
    );
    let asked = server.asked();
    assert_eq!(asked[0].path, "/v1/chat/completions");
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked[0].body["stream"], true);
    assert_eq!(asked[0].body["messages"][1], json!({"role": "user", "content": "q"}));
}

#[tokio::test]
async fn the_first_words_are_there_before_the_last() {
    let answer = Answer::pieces(vec![event(&delta(&json!({"content": "now"}))), Piece::Hang]);
    let server = ModelServer::start(vec![answer]).await;
    let model = connect(&server).await;
    let request = question();
    let mut stream = model.stream(&request).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), Delta::Text("now".into()));
}

#[tokio::test]
async fn calls_arrive_whole() {
    let (result, _) =
        once(Answer::calls("Looking.", &[("psql", json!({"sql": "select 'ü'"})), ("explain", json!({}))])).await;
    let calls: Vec<ToolCall> = result
        .unwrap()
        .into_iter()
        .filter_map(|delta| if let Delta::Call(call) = delta { Some(call) } else { None })
        .collect();
    assert_eq!(calls.len(), 2);
    assert_eq!((calls[0].name.as_str(), calls[0].arguments.as_str()), ("psql", r#"{"sql":"select 'ü'"}"#));
    assert_eq!((calls[1].id.as_str(), calls[1].arguments.as_str()), ("call_1", "{}"));
}

#[tokio::test]
async fn a_busy_endpoint_is_asked_once_and_its_wait_is_passed_on() {
    let body = json!({"error": {"message": "slow down"}});
    for status in [408, 409, 429, 500, 503, 529] {
        let (result, requests) = once(Answer::json(status, &body).header("retry-after", "2")).await;
        let error = result.unwrap_err();
        assert_eq!(
            error,
            ModelError::Busy { status, message: "slow down".into(), retry_after: Some(Duration::from_secs(2)) }
        );
        assert_eq!(requests, 1, "HTTP {status} is not repeated below the loop");
    }
}

#[tokio::test]
async fn refusals_keep_status_and_words() {
    let refused = |status, message: &str| ModelError::Refused { status, message: message.into() };
    for (answer, wanted) in [
        (Answer::json(404, &json!({"error": {"message": "no model m", "code": 404}})), refused(404, "no model m")),
        (Answer::json(400, &json!({"object": "error", "message": "too long"})), refused(400, "too long")),
        (Answer::json(422, &json!({"detail": [{"msg": "field required"}]})), refused(422, "field required")),
    ] {
        assert_eq!(once(answer).await.0.unwrap_err(), wanted);
    }
    let gateway = Answer::json(502, &Value::Null).header("content-type", "text/html");
    assert!(once(gateway).await.0.unwrap_err().is_retryable());
}

#[tokio::test]
async fn a_refused_key_is_not_repeated() {
    let (result, _) = once(Answer::json(401, &json!({"error": {"message": format!("bad key {KEY}")}}))).await;
    let error = result.unwrap_err();
    assert!(matches!(error, ModelError::Unauthorized { status: 401, .. }));
    assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ModelServer::start(vec![Answer::text("stolen")]).await;
    let target = format!("{}/chat/completions", elsewhere.base_url());
    let (result, _) = once(Answer::json(307, &Value::Null).header("location", &target)).await;
    assert!(matches!(result, Err(ModelError::Refused { status: 307, .. })));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn json_with_status_200_is_read_for_what_it_is() {
    let error = once(Answer::json(200, &json!({"error": {"message": "overloaded"}}))).await.0.unwrap_err();
    assert_eq!(error, ModelError::InStream("overloaded".into()));
    let whole = json!({"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]});
    assert_eq!(text_of(&once(Answer::json(200, &whole)).await.0.unwrap()), "whole");
    let mislabelled =
        Answer::events(&[delta(&json!({"content": "a"})), finish("stop")]).header("content-type", "application/json");
    assert_eq!(text_of(&once(mislabelled).await.0.unwrap()), "a");
    let page = Answer::pieces(vec![bytes("<html>login</html>")]).header("content-type", "text/html");
    assert!(matches!(once(page).await.0, Err(ModelError::Refused { status: 200, .. })));
    assert!(once(Answer::json(200, &json!({}))).await.0.unwrap_err().is_retryable());
}

#[tokio::test]
async fn streams_that_end_early_are_broken_off() {
    let words = event(&delta(&json!({"content": "half"})));
    for pieces in [
        vec![],
        vec![words.clone()],
        vec![words.clone(), bytes("data: [DONE]\n\n")],
        vec![words.clone(), Piece::Break],
        vec![words.clone(), bytes("data: {\"choices\": [\n\n")],
        vec![words.clone(), bytes("data: {\"error\": {\"message\": \"died\"}}\n\n"), event(&finish("stop"))],
    ] {
        let script = format!("{pieces:?}");
        let error = once(Answer::pieces(pieces)).await.0.unwrap_err();
        assert!(error.is_retryable(), "{script}: {error}");
    }
    let died = once(Answer::pieces(vec![words, bytes("data: {\"error\": {\"message\": \"died\"}}\n\n")])).await.0;
    assert_eq!(died.unwrap_err(), ModelError::InStream("died".into()));
}

#[tokio::test]
async fn what_goes_wrong_after_the_end_takes_nothing_away() {
    let start = [event(&delta(&json!({"content": "done"}))), event(&finish("stop"))];
    for rest in
        [vec![Piece::Break], vec![bytes("data: nonsense\n\n")], vec![Piece::Hang], vec![event(&usage()), Piece::Hang]]
    {
        let counted = rest.len() == 2;
        let deltas = once(Answer::pieces(start.iter().cloned().chain(rest).collect())).await.0.unwrap();
        assert_eq!(text_of(&deltas), "done");
        let Some(Delta::Usage(usage)) = deltas.get(1) else { panic!("{deltas:?}") };
        assert_eq!(usage.estimated, !counted);
    }
}

#[tokio::test]
async fn every_way_to_write_an_event_stream() {
    let plain = delta(&json!({"content": "é€"})).to_string();
    let (left, right) = plain.as_bytes().split_at(plain.find('é').unwrap() + 1);
    let end = finish("stop").to_string();
    for (name, pieces) in [
        (
            "a character cut in two",
            vec![
                bytes("data: "),
                Piece::Bytes(left.to_vec()),
                Piece::Bytes(right.to_vec()),
                bytes("\n\n"),
                bytes(&format!("data: {end}\n\n")),
            ],
        ),
        ("carriage returns", vec![bytes(&format!("data: {plain}\r\n\r\ndata: {end}\r\n\r\ndata: [DONE]\r\n\r\n"))]),
        (
            "comments, event names, ids",
            vec![bytes(&format!(
                ": PROCESSING\n\nevent: message\nid: 1\nretry: 5\ndata: {plain}\n\n: x\ndata: {end}\n\n"
            ))],
        ),
        ("no space after the colon", vec![bytes(&format!("data:{plain}\n\ndata:{end}\n\n"))]),
        ("no empty line at the end", vec![bytes(&format!("data: {plain}\n\ndata: {end}"))]),
        ("a byte order mark", vec![bytes(&format!("\u{feff}data: {plain}\n\ndata: {end}\n\n"))]),
    ] {
        let deltas = once(Answer::pieces(pieces)).await.0.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(text_of(&deltas), "é€", "{name}");
    }
    let invalid = [
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xffb\"}}]}\n\n".to_vec(),
        format!("data: {end}\n\n").into_bytes(),
    ];
    let deltas = once(Answer::pieces(invalid.map(Piece::Bytes).to_vec())).await.0.unwrap();
    assert_eq!(text_of(&deltas), "a\u{fffd}b");
}

#[tokio::test]
async fn silence_ends_an_answer_and_comments_do_not() {
    let words = event(&delta(&json!({"content": "a"})));
    let silent = ModelServer::start(vec![Answer::pieces(vec![words.clone(), Piece::Hang])]).await;
    let model = connect_with(&silent.base_url(), Some("m"), Duration::from_millis(300)).await.unwrap();
    let error = ask(&model).await.unwrap_err();
    assert!(matches!(&error, ModelError::BrokenOff(why) if why.contains("sent nothing for 0.3 s")), "{error}");

    let mut pieces = vec![words];
    for _ in 0..6 {
        pieces.extend([Piece::Pause(Duration::from_millis(400)), bytes(": alive\n\n")]);
    }
    pieces.push(event(&finish("stop")));
    let patient = ModelServer::start(vec![Answer::pieces(pieces)]).await;
    let model = connect_with(&patient.base_url(), Some("m"), Duration::from_millis(2000)).await.unwrap();
    assert_eq!(text_of(&ask(&model).await.unwrap()), "a");
}

#[tokio::test]
async fn nobody_at_the_endpoint() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let model = connect_with(&format!("http://{address}/v1"), Some("m"), PATIENCE).await.unwrap();
    let error = ask(&model).await.unwrap_err();
    let ModelError::Unreachable { endpoint, reason } = &error else { panic!("{error}") };
    assert_eq!(*endpoint, address.to_string());
    assert!(reason.to_lowercase().contains("refused"), "{reason}");
}

#[tokio::test]
async fn a_refused_field_is_left_out_from_then_on() {
    let server = ModelServer::start_with(|_, body| {
        if body.get("stream_options").is_some() {
            return Answer::json(400, &json!({"error": {"message": "Unrecognized field: stream_options"}}));
        }
        Answer::text("fine")
    })
    .await;
    let model = connect(&server).await;
    for _ in 0..2 {
        assert_eq!(text_of(&ask(&model).await.unwrap()), "fine");
    }
    let with: Vec<bool> = server.asked().iter().map(|asked| asked.body.get("stream_options").is_some()).collect();
    assert_eq!(with, [true, false, false]);
}

#[tokio::test]
async fn a_local_server_names_its_model_and_window() {
    let server = ModelServer::start(vec![Answer::text("hi")]).await;
    let model = connect_with(&server.base_url(), None, PATIENCE).await.unwrap();
    assert!(model.name().starts_with("scripted at 127.0.0.1:"), "{}", model.name());
    assert_eq!(model.profile().window, Some(32_768));
    ask(&model).await.unwrap();
    assert_eq!(
        server.asked().iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(),
        ["/v1/models", "/v1/chat/completions"]
    );
    assert_eq!(server.asked()[1].body["model"], "scripted");
}

#[tokio::test]
async fn probes_say_what_works() {
    let server = ModelServer::start_with(|_, body| {
        if body.get("tools").is_some() {
            Answer::calls("", &[("report_number", json!({"number": 7}))])
        } else {
            Answer::text("one two three")
        }
    })
    .await;
    let probes = connect(&server).await.probe().await.unwrap();
    assert_eq!(probes.iter().map(|probe| probe.name).collect::<Vec<_>>(), ["streaming", "tools", "usage"]);
    assert!(probes.iter().all(|probe| probe.outcome.is_ok()), "{probes:?}");

    let poor = ModelServer::start_with(|_, _| Answer::events(&[delta(&json!({"content": "7"})), finish("stop")])).await;
    let probes = connect(&poor).await.probe().await.unwrap();
    assert!(probes.iter().all(|probe| probe.outcome.is_err()), "{probes:?}");
}

#[tokio::test]
async fn a_script_can_be_a_file() {
    let script = read_script(
        r#"[{"calls": [["psql", {"sql": "select 1"}]]}, {"status": 429, "headers": {"retry-after": "0"}, "body": {}}, {"text": "done"}]"#,
    );
    let server = ModelServer::start(script.unwrap()).await;
    let model = connect(&server).await;
    assert!(matches!(ask(&model).await.unwrap()[0], Delta::Call(_)));
    assert!(ask(&model).await.unwrap_err().is_retryable());
    assert_eq!(text_of(&ask(&model).await.unwrap()), "done");
    assert!(!ask(&model).await.unwrap_err().is_retryable(), "the script is at its end");
}
