//! A scripted language model behind a real HTTP server: it answers each request with the next
//! entry of its script, faults included, and keeps what it was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// One response. In a script file: `{"text": "…"}`, `{"calls": [["psql", {"sql": "…"}]]}`, or
/// `{"status": 429, "headers": {"retry-after": "1"}, "body": […]}`.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: Vec<Piece>,
}

/// A part of a response's body.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Bytes, sent as one chunk.
    Bytes(Vec<u8>),
    /// Silence.
    Pause(Duration),
    /// Silence until the client goes away.
    Hang,
    /// The connection breaks.
    Break,
}

impl Answer {
    /// A response of `pieces` with status 200 and the type of an event stream.
    pub fn pieces(pieces: Vec<Piece>) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), "text/event-stream".into())], pieces }
    }

    /// A stream of these events and `[DONE]`.
    pub fn events(events: &[Value]) -> Self {
        let mut pieces: Vec<Piece> = events.iter().map(event).collect();
        pieces.push(Piece::Bytes(b"data: [DONE]\n\n".to_vec()));
        Self::pieces(pieces)
    }

    /// An answer in words, a word at a time.
    pub fn text(text: &str) -> Self {
        let words = text.split_inclusive(' ').map(|word| delta(&json!({"content": word})));
        Self::events(&words.chain([finish("stop"), usage()]).collect::<Vec<_>>())
    }

    /// Words, then calls, their arguments cut into two pieces as OpenAI does.
    pub fn calls(text: &str, calls: &[(&str, Value)]) -> Self {
        let mut events = Vec::new();
        if !text.is_empty() {
            events.push(delta(&json!({"content": text})));
        }
        for (index, (name, arguments)) in calls.iter().enumerate() {
            let arguments = arguments.to_string();
            let middle = (0..=arguments.len() / 2).rev().find(|at| arguments.is_char_boundary(*at)).unwrap_or(0);
            let (left, right) = arguments.split_at(middle);
            let id = format!("call_{index}");
            events.push(delta(&json!({"tool_calls": [
                {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": left}}]})));
            events.push(delta(&json!({"tool_calls": [{"index": index, "function": {"arguments": right}}]})));
        }
        events.extend([finish("tool_calls"), usage()]);
        Self::events(&events)
    }

    /// A JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".into(), "application/json".into())];
        Self { status, headers, pieces: vec![Piece::Bytes(body.to_string().into_bytes())] }
    }

    /// The same after a moment of silence.
    pub fn after(mut self, pause: Duration) -> Self {
        self.pieces.insert(0, Piece::Pause(pause));
        self
    }

    /// The same with one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn into_response(self) -> Response {
        let body = Body::from_stream(stream::unfold(self.pieces.into_iter(), |mut pieces| async move {
            loop {
                match pieces.next()? {
                    Piece::Bytes(bytes) => return Some((Ok(Bytes::from(bytes)), pieces)),
                    Piece::Pause(pause) => tokio::time::sleep(pause).await,
                    Piece::Hang => std::future::pending().await,
                    Piece::Break => {
                        // A moment of silence, so that what was said before is on its way.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        return Some((Err(std::io::Error::other("scripted break")), pieces));
                    }
                }
            }
        }));
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).expect("a scripted response")
    }
}

/// One event as a piece.
pub fn event(data: &Value) -> Piece {
    Piece::Bytes(format!("data: {data}\n\n").into_bytes())
}

/// An event that adds `delta` to the message.
pub fn delta(delta: &Value) -> Value {
    chunk(&json!([{"index": 0, "delta": delta, "finish_reason": null}]))
}

/// An event that ends the message.
pub fn finish(reason: &str) -> Value {
    chunk(&json!([{"index": 0, "delta": {}, "finish_reason": reason}]))
}

/// An event with token counts: 100 read, 10 written.
pub fn usage() -> Value {
    let mut chunk = chunk(&json!([]));
    chunk["usage"] = json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110});
    chunk
}

fn chunk(choices: &Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": choices})
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path of the request.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

type Script = Box<dyn FnMut(usize, &Value) -> Answer + Send>;

struct Shared {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    models: Value,
}

/// The server. It stops when this is dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl ModelServer {
    /// Answers with `script`, entry by entry; after the last one with HTTP 410.
    pub async fn start(script: Vec<Answer>) -> Self {
        let mut script = script.into_iter();
        Self::start_with(move |_, _| {
            script
                .next()
                .unwrap_or_else(|| Answer::json(410, &json!({"error": {"message": "the script is at its end"}})))
        })
        .await
    }

    /// Answers request number `n` (from 0) with what `script` makes of it.
    pub async fn start_with(script: impl FnMut(usize, &Value) -> Answer + Send + 'static) -> Self {
        Self::listen("127.0.0.1:0", script).await
    }

    /// The same at a fixed address.
    pub async fn listen(address: &str, script: impl FnMut(usize, &Value) -> Answer + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            asked: Mutex::default(),
            models: json!({"object": "list", "data": [{"id": "scripted", "object": "model", "max_model_len": 32768}]}),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind(address).await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("a running server") });
        Self { address, shared, task }
    }

    /// What `OPENAI_BASE_URL` is set to.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Everything that was asked so far, listings of models included.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no panic while asked").clone()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn complete(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let n = {
        let mut asked = shared.asked.lock().expect("no panic while asked");
        let n = asked.iter().filter(|asked| asked.path.ends_with("/completions")).count();
        asked.push(Asked { path: uri.path().to_owned(), headers, body: body.clone() });
        n
    };
    let answer = (shared.script.lock().expect("no panic in the script"))(n, &body);
    answer.into_response()
}

async fn models(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = Asked { path: uri.path().to_owned(), headers, body: Value::Null };
    shared.asked.lock().expect("no panic while asked").push(asked);
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], shared.models.to_string()).into_response()
}

/// The entries of a script file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<(String, Value)>,
    status: Option<u16>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    body: Option<Value>,
}

/// Reads a script from JSON.
pub fn read_script(json: &str) -> serde_json::Result<Vec<Answer>> {
    let entries: Vec<Entry> = serde_json::from_str(json)?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let answer = if let Some(body) = &entry.body {
                Answer::json(entry.status.unwrap_or(200), body)
            } else if entry.calls.is_empty() {
                Answer::text(&entry.text)
            } else {
                let calls: Vec<_> =
                    entry.calls.iter().map(|(name, arguments)| (name.as_str(), arguments.clone())).collect();
                Answer::calls(&entry.text, &calls)
            };
            entry.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
        })
        .collect())
}
