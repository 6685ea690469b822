//! The daemon's door: who comes in, and how it ends.

use std::os::unix::fs::PermissionsExt;

use dbwright_servers::testing;
use reqwest::StatusCode;
use serde_json::json;

use super::{
    client::{Daemon, ENDLESS, McpStdio, journal, message},
    mcp::{initialized, running},
};
use crate::support::{
    model_server::{Answer, ModelServer},
    program::{Home, json_lines},
};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_token_opens_and_only_our_own_names_are_answered() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let mode = std::fs::metadata(home.path().join("state/token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(daemon.token.len(), 64);

    let get = |path: &str| daemon.http.get(daemon.url(path));
    assert_eq!(get("/healthz").send().await.unwrap().status(), StatusCode::OK);
    let protected = ["/mcp", "/mcp/", "/jsonrpc", "/jsonrpc/", "/a2a/message:send", "/a2a/tasks"];
    for path in protected {
        let post = daemon.http.post(daemon.url(path)).json(&json!({}));
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert!(answer.headers().contains_key("www-authenticate"));
        let wrong = daemon.http.post(daemon.url(path)).bearer_auth("x".repeat(64)).json(&json!({}));
        assert_eq!(wrong.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in protected.into_iter().chain(["/healthz", "/.well-known/agent-card.json"]) {
        let foreign = get(path).bearer_auth(&daemon.token).header("host", "evil.example");
        assert_eq!(foreign.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
        let page = get(path).bearer_auth(&daemon.token).header("origin", "http://evil.example");
        assert_eq!(page.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/mcp", "/jsonrpc", "/jsonrpc/", "/a2a/message:send"] {
        let long = daemon.http.post(daemon.url(path)).bearer_auth(&daemon.token).body(vec![b' '; 1024 * 1024 + 1]);
        assert_eq!(long.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_is_said_before_anything_listens() {
    let home = Home::new();
    let open = home.run(&["serve", "--listen", "0.0.0.0:0"]).await;
    assert_eq!(open.code, 2, "{open:?}");
    assert!(open.stderr.contains("serve.token"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = home.run(&["serve", "--listen", &address]).await;
    assert_eq!(busy.code, 1, "{busy:?}");
    assert!(busy.stderr.contains(&address) && busy.stderr.contains("in use"), "{busy:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_kept_and_must_be_private() {
    let home = Home::new();
    let mut first = Daemon::start(&home, &[]).await;
    assert_eq!(first.terminate().await, 0);
    let second = Daemon::start(&home, &[]).await;
    assert_eq!(second.token, first.token);
    drop(second);
    let path = home.path().join("state/token");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let readable = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(readable.code, 2, "{readable:?}");
    assert!(readable.stderr.contains("chmod 600") && !readable.stderr.contains(&first.token));
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_in_the_middle_of_a_turn_it_ends_the_query_and_writes_that_down() {
    let database = testing::postgres().await.database("sigterm").await;
    let home = Home::new();
    let sql = ENDLESS;
    let model = ModelServer::start(vec![Answer::calls("", &[("psql", json!({"sql": sql}))])]).await;
    let url = database.url().to_string();
    let mut daemon = Daemon::with_model(&home, &model.base_url(), &["--db", &url]).await;
    let mut asked = message("count");
    asked["contextId"] = json!("terminated");
    let params = json!({"message": asked, "configuration": {"returnImmediately": true}});
    let begun = daemon.rpc("SendMessage", params).await;
    assert_eq!(begun["result"]["task"]["status"]["state"], "TASK_STATE_WORKING", "{begun:#}");
    journal(&home, "terminated", "tool_started").await;
    let mut other = initialized(McpStdio::spawn(home.command(&["mcp", "--db", &url])), "2025-11-25").await;
    running(&mut other, 1).await;
    assert_eq!(daemon.terminate().await, 0);
    running(&mut other, 0).await;
    let exported = home.run(&["sessions", "export", "terminated"]).await;
    let events = json_lines(&exported.stdout);
    let end = events.last().unwrap();
    assert_eq!((&end["type"], &end["stop"]["reason"]), (&json!("turn_finished"), &json!("cancelled")), "{end:#}");

    let daemon = Daemon::start(&home, &["--db", &url]).await;
    let task = daemon.rpc("GetTask", json!({"id": begun["result"]["task"]["id"]})).await;
    assert_eq!(task["result"]["status"]["state"], "TASK_STATE_CANCELED", "{task:#}");
}
