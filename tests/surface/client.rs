//! The daemon and the MCP server as a client sees them.

use std::{collections::HashMap, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
};

use crate::support::program::Home;

/// A query that takes hours and neither memory nor files.
pub const ENDLESS: &str = "SELECT count(*) FROM pg_catalog.pg_proc AS endless, pg_catalog.pg_proc AS b, \
    pg_catalog.pg_proc AS c WHERE endless.oid::int8 + b.oid::int8 + c.oid::int8 < 0";
/// How often a test looks again before it gives up on what it waits for.
pub const LOOKS: u32 = 1200;

/// A daemon that listens.
pub struct Daemon {
    pub child: Child,
    pub base: String,
    pub token: String,
    pub http: reqwest::Client,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Daemon {
    /// Starts `serve` on a free port.
    pub async fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::spawn(home, home.command(&Self::arguments(arguments))).await
    }

    /// The same with a scripted endpoint.
    pub async fn with_model(home: &Home, base_url: &str, arguments: &[&str]) -> Self {
        Self::spawn(home, home.command_with_model(base_url, &Self::arguments(arguments))).await
    }

    fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&["serve", "--listen", "127.0.0.1:0"], more].concat()
    }

    async fn spawn(home: &Home, mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let base = loop {
            let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended: {said:#?}"));
            if let Some(rest) = line.strip_prefix("listening on ") {
                break rest.split(": ").next().unwrap().to_owned();
            }
            said.push(line);
        };
        let token = std::fs::read_to_string(home.path().join("state/token")).unwrap().trim().to_owned();
        Self { child, base, token, http: reqwest::Client::new(), lines }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Reads what the daemon says up to a line that holds `text`.
    pub async fn says(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended without `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self.http.post(self.url(path)).bearer_auth(&self.token).header("a2a-version", "1.0");
        request.json(body).send().await.unwrap()
    }

    /// One JSON-RPC call of A2A.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post("/jsonrpc", &body).await.json().await.unwrap()
    }

    /// Asks the daemon to end, and waits until it has.
    pub async fn terminate(&mut self) -> i32 {
        let pid = Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        self.child.wait().await.unwrap().code().unwrap_or(-1)
    }
}

/// A message of A2A.
pub fn message(text: &str) -> Value {
    json!({"messageId": "m", "role": "ROLE_USER", "parts": [{"text": text}]})
}

/// A session's events, once there is one of this kind.
pub async fn journal(home: &Home, session: &str, kind: &str) -> String {
    for _ in 0..LOOKS {
        let exported = home.run(&["sessions", "export", session]).await;
        if exported.stdout.contains(kind) {
            return exported.stdout;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{session} never came to {kind}");
}

/// The `data:` lines of an event stream.
pub fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    data.filter(|data| !data.is_empty()).map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// An MCP server on standard input and output.
pub struct McpStdio {
    pub child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    next: u64,
    /// Notifications that came, by method.
    pub notified: HashMap<String, Vec<Value>>,
}

impl McpStdio {
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let input = child.stdin.take();
        Self { child, input, lines, next: 0, notified: HashMap::new() }
    }

    pub async fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        input.flush().await.unwrap();
    }

    /// Sends a request; its answer is read later.
    pub async fn request(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        id
    }

    /// The next message.
    pub async fn read(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("a message");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Reads up to the answer of a request.
    pub async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.read().await;
            if message["id"] == id {
                return message;
            }
            if let Some(method) = message["method"].as_str() {
                self.notified.entry(method.to_owned()).or_default().push(message["params"].clone());
            }
        }
    }

    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params).await;
        self.answer(id).await
    }

    /// The client leaves.
    pub async fn leave(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().await.unwrap().code().unwrap_or(-1)
    }
}
