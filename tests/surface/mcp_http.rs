//! MCP over HTTP, in both eras of the protocol.

use dbwright_servers::testing;
use serde_json::{Value, json};

use super::client::{Daemon, events};
use crate::support::program::Home;

async fn ask(daemon: &Daemon, headers: &[(&str, &str)], body: &Value) -> (reqwest::header::HeaderMap, Value) {
    let mut request = daemon
        .http
        .post(daemon.url("/mcp"))
        .bearer_auth(&daemon.token)
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.json(body).send().await.unwrap();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let answer = serde_json::from_str(&text)
        .unwrap_or_else(|_| events(&text).into_iter().find(|event| event.get("id").is_some()).unwrap_or_default());
    (headers, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lists_and_calls_tools() {
    let database = testing::postgres().await.database("mcp_http").await;
    let home = Home::new();
    let url = database.url().to_string();
    let daemon = Daemon::start(&home, &["--db", &url]).await;
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}});
    let (headers, answer) = ask(&daemon, &[], &hello).await;
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18", "{answer:#}");
    let session = headers["mcp-session-id"].to_str().unwrap().to_owned();
    let with = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", "2025-06-18")];
    ask(&daemon, &with, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "psql", "arguments": {"sql": "SELECT 42 AS answer"}}});
    let (_, rows) = ask(&daemon, &with, &call).await;
    assert!(rows["result"]["content"][0]["text"].as_str().unwrap().contains("42"), "{rows:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stateless_request_needs_no_session() {
    let database = testing::postgres().await.database("mcp_stateless").await;
    let home = Home::new();
    let url = database.url().to_string();
    let daemon = Daemon::start(&home, &["--db", &url]).await;
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "psql", "arguments": {"sql": "SELECT 42 AS answer"}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}}}});
    let with = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "psql")];
    let (headers, rows) = ask(&daemon, &with, &call).await;
    assert!(rows["result"]["content"][0]["text"].as_str().unwrap_or_default().contains("42"), "{rows:#}");
    assert!(!headers.contains_key("mcp-session-id"));
}
