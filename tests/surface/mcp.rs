//! `mcp` over standard input and output, by raw JSON-RPC lines.

use dbwright_servers::testing;
use serde_json::{Value, json};

use super::client::{ENDLESS, LOOKS, McpStdio};
use crate::support::{
    model_server::{Answer, ModelServer},
    program::Home,
};

pub(super) async fn initialized(mut client: McpStdio, version: &str) -> McpStdio {
    let hello = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let answer = client.call("initialize", hello).await;
    assert_eq!(answer["result"]["protocolVersion"], version, "{answer:#}");
    assert_eq!(answer["result"]["serverInfo"]["name"], "dbwright");
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    client
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_client_lists_and_calls_the_typed_tools() {
    let database = testing::postgres().await.database("mcp").await;
    let home = Home::new();
    let url = database.url().to_string();
    let mut client = initialized(McpStdio::spawn(home.command(&["mcp", "--db", &url])), "2024-11-05").await;

    let listed = client.call("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in ["consult", "psql", "explain", "check_health", "memory_search"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for internal in ["Bash", "Write", "memory_save", "escalate"] {
        assert!(!names.contains(&internal), "{names:?}");
    }
    assert!(!listed.to_string().contains("$ref"));

    let rows =
        client.call("tools/call", json!({"name": "psql", "arguments": {"sql": "SELECT 41 + 1 AS answer"}})).await;
    assert!(text(&rows).contains("42"), "{rows:#}");
    assert!(rows["result"]["structuredContent"].is_object());
    assert_ne!(rows["result"]["isError"], true);

    let health = client.call("tools/call", json!({"name": "check_health", "arguments": {}})).await;
    assert!(health["result"]["structuredContent"]["findings"].is_array(), "{health:#}");

    let written = client.call("tools/call", json!({"name": "psql", "arguments": {"sql": "CREATE TABLE t ()"}})).await;
    assert_eq!(written["result"]["isError"], true);
    assert!(text(&written).contains("refused"), "{written:#}");
    let wrong = client.call("tools/call", json!({"name": "psql", "arguments": {"statement": "SELECT 1"}})).await;
    assert_eq!(wrong["result"]["isError"], true);
    let unknown = client.call("tools/call", json!({"name": "nothing", "arguments": {}})).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown:#}");
    assert!(unknown["error"]["message"].as_str().unwrap().contains("psql"));
    assert_eq!(client.leave().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn consult_reports_progress_and_goes_on_with_the_conversation() {
    let database = testing::postgres().await.database("consult").await;
    let home = Home::new();
    let model = ModelServer::start(vec![
        Answer::calls("", &[("psql", json!({"sql": "SELECT 1"}))]),
        Answer::text("All is well."),
        Answer::text("As I said."),
    ])
    .await;
    let url = database.url().to_string();
    let command = home.command_with_model(&model.base_url(), &["mcp", "--db", &url]);
    let mut client = initialized(McpStdio::spawn(command), "2025-06-18").await;
    let first = client
        .call(
            "tools/call",
            json!({"name": "consult", "arguments": {"task": "is all well?"}, "_meta": {"progressToken": "p"}}),
        )
        .await;
    assert!(text(&first).starts_with("All is well."), "{first:#}");
    let consulted = &first["result"]["structuredContent"];
    assert!(consulted["driver"].as_str().unwrap().starts_with("scripted"), "{consulted:#}");
    let progress = &client.notified["notifications/progress"];
    assert!(progress.iter().any(|note| note["message"].as_str().unwrap().starts_with("psql: ")), "{progress:#?}");
    assert!(progress.iter().all(|note| note["progressToken"] == "p"));

    let arguments = json!({"task": "sure?", "session_id": consulted["session_id"]});
    let second = client.call("tools/call", json!({"name": "consult", "arguments": arguments})).await;
    assert!(text(&second).starts_with("As I said."), "{second:#}");
    assert_eq!(second["result"]["structuredContent"]["session_id"], consulted["session_id"]);
    let asked = model.asked().last().unwrap().body.to_string();
    assert!(asked.contains("is all well?") && asked.contains("sure?"), "{asked}");

    let lost =
        client.call("tools/call", json!({"name": "consult", "arguments": {"task": "x", "session_id": "nope"}})).await;
    assert_eq!(lost["result"]["isError"], true, "{lost:#}");
    client.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_the_playbook_is_consulted() {
    let database = testing::postgres().await.database("playbook").await;
    let home = Home::new();
    let url = database.url().to_string();
    let mut client = initialized(McpStdio::spawn(home.command(&["mcp", "--db", &url])), "2025-11-25").await;
    let answer = client.call("tools/call", json!({"name": "consult", "arguments": {"task": "health check"}})).await;
    assert_eq!(answer["result"]["structuredContent"]["driver"], "playbook", "{answer:#}");
    assert!(text(&answer).len() <= 10 * 1024);
    client.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_initialize_is_served_statelessly() {
    let database = testing::postgres().await.database("stateless").await;
    let home = Home::new();
    let url = database.url().to_string();
    let mut client = McpStdio::spawn(home.command(&["mcp", "--db", &url]));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let discovered = client.call("server/discover", json!({"_meta": meta})).await;
    assert!(discovered["result"]["supportedVersions"].to_string().contains("2026-07-28"), "{discovered:#}");
    let arguments = json!({"name": "psql", "arguments": {"sql": "SELECT 42 AS answer"}, "_meta": meta});
    let rows = client.call("tools/call", arguments).await;
    assert!(text(&rows).contains("42"), "{rows:#}");
    client.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_call_ends_its_query_on_the_server() {
    let database = testing::postgres().await.database("cancel").await;
    let home = Home::new();
    let url = database.url().to_string();
    let mut client = initialized(McpStdio::spawn(home.command(&["mcp", "--db", &url])), "2025-11-25").await;
    let mut other = initialized(McpStdio::spawn(home.command(&["mcp", "--db", &url])), "2025-11-25").await;
    let sql = ENDLESS;
    let id = client.request("tools/call", json!({"name": "psql", "arguments": {"sql": sql}})).await;
    running(&mut other, 1).await;
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})).await;
    running(&mut other, 0).await;
    client.leave().await;
    other.leave().await;
}

/// Asks until that many queries of ours run in the client's database.
pub(super) async fn running(client: &mut McpStdio, count: u32) {
    let sql = "SELECT 'running: ' || count(*) AS n FROM pg_stat_activity WHERE state = 'active' \
        AND pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%dbwright%'";
    let wanted = format!("running: {count}\n");
    for _ in 0..LOOKS {
        let rows = client.call("tools/call", json!({"name": "psql", "arguments": {"sql": sql}})).await;
        if text(&rows).contains(&wanted) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never came to {count} running queries");
}
