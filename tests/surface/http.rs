//! The daemon's door against everything that may knock: hosts, origins, tokens, sizes, slowness.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::client::{Daemon, message};
use crate::support::program::Home;

/// Sends bytes as they are and returns the status, or what came instead.
async fn raw(daemon: &Daemon, request: &[u8]) -> String {
    let address = daemon.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The daemon may close before it has read everything: that is an answer, too.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).unwrap_or("closed").to_owned()
}

fn post(daemon: &Daemon, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    let has = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has("host") {
        request.push_str(&format!("Host: {}\r\n", daemon.base.strip_prefix("http://").unwrap()));
    }
    if !has("authorization") {
        request.push_str(&format!("Authorization: Bearer {}\r\n", daemon.token));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Type: application/json\r\nA2A-Version: 1.0\r\n\r\n{body}"));
    request.into_bytes()
}

const PATHS: &[&str] = &["/mcp", "/jsonrpc", "/a2a/message:send"];

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_of_hosts_origins_tokens_and_sizes() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "ListTasks", "params": {}}).to_string();
    let port = daemon.base.rsplit(':').next().unwrap().to_owned();
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}"), "LOCALHOST".into()];
    for host in &ours {
        assert_eq!(raw(&daemon, &post(&daemon, "/jsonrpc", &[("Host", host)], &body)).await, "200", "{host}");
        let origin = format!("http://{host}");
        let request = post(&daemon, "/jsonrpc", &[("Host", host), ("Origin", &origin)], &body);
        assert_eq!(raw(&daemon, &request).await, "200", "{origin}");
    }
    let foreign = [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost.evil.example:80",
        "evil.example#localhost",
        "localhost@evil.example",
        "",
    ];
    for path in PATHS {
        for host in foreign {
            let status = raw(&daemon, &post(&daemon, path, &[("Host", host)], &body)).await;
            assert!(["403", "400"].contains(&status.as_str()), "{path} for {host:?}: {status}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "file://",
        ] {
            let status = raw(&daemon, &post(&daemon, path, &[("Origin", origin)], &body)).await;
            assert_eq!(status, "403", "{path} from {origin}");
        }
        let two = post(&daemon, path, &[("Host", &ours[0]), ("Host", "evil.example")], &body);
        assert_eq!(raw(&daemon, &two).await, "400", "{path} for two hosts");
        let two = post(&daemon, path, &[("Origin", &daemon.base), ("Origin", "http://evil.example")], &body);
        assert_eq!(raw(&daemon, &two).await, "403", "{path} from two origins");
        for token in ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer  ", "bearer\t0"] {
            let status = raw(&daemon, &post(&daemon, path, &[("Authorization", token)], &body)).await;
            assert_eq!(status, "401", "{path} with {token:?}");
        }
        let exact = " ".repeat(1024 * 1024 + 1);
        assert_eq!(raw(&daemon, &post(&daemon, path, &[], &exact)).await, "413", "{path}");
        let long = "x".repeat(64 * 1024);
        assert_eq!(raw(&daemon, &post(&daemon, path, &[("X-Long", &long)], &body)).await, "431", "{path}");
        let names: Vec<String> = (0..80).map(|n| format!("X-{n}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
        assert_eq!(raw(&daemon, &post(&daemon, path, &many, &body)).await, "431", "{path}");
    }
    // One byte less than too long is read, and found to be no JSON.
    let most = " ".repeat(1024 * 1024);
    let status = raw(&daemon, &post(&daemon, "/jsonrpc", &[], &most)).await;
    assert!(["200", "400"].contains(&status.as_str()), "{status}");
    for broken in ["GET /\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{1}\u{2}\u{3}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let status = raw(&daemon, broken.as_bytes()).await;
        assert!(["400", "403", "closed"].contains(&status.as_str()), "{broken:?}: {status}");
    }
    let smuggled =
        "POST /jsonrpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_ne!(raw(&daemon, smuggled.as_bytes()).await, "200");
    assert_eq!(daemon.http.get(daemon.url("/healthz")).send().await.unwrap().status(), 200, "it still answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_those_who_know_the_token_are_not() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let mut refused = 0;
    for n in 0..90 {
        let wrong = daemon.http.post(daemon.url("/jsonrpc")).bearer_auth(format!("guess-{n}")).json(&json!({}));
        let status = wrong.send().await.unwrap().status().as_u16();
        assert!(status == 401 || status == 429, "{status}");
        refused += u32::from(status == 429);
    }
    assert!(refused >= 10, "{refused} of 90 guesses were refused unheard");
    let answer = daemon.rpc("ListTasks", json!({})).await;
    assert!(answer["result"].is_object(), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_send_a_byte_now_and_then_lose_their_place() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let address = daemon.base.strip_prefix("http://").unwrap().to_owned();
    // More than there is room for.
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"POST /jsonrpc HTTP/1.1\r\nHost: local").await.unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    let answer = daemon.http.get(daemon.url("/healthz")).timeout(Duration::from_secs(60)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(60), slow[0].read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "an unfinished head is still waited for after {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_push_notifications_is_vetted_and_told() {
    let home = Home::new();
    let (received, address) = receiver().await;
    let config = home.path().join(".config/dbwright");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.yaml"), format!("serve:\n  push_hosts: [\"{address}\"]\n")).unwrap();
    let daemon = Daemon::start(&home, &[]).await;
    let ask = |url: &str| {
        let push = json!({"url": url, "token": "receiver-token", "authentication": {"scheme": "Bearer", "credentials": "c-1"}});
        json!({"message": message("what can you do?"), "configuration": {"taskPushNotificationConfig": push}})
    };
    for url in [
        "http://169.254.169.254/latest",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://2130706433/x",
        "http://example.org/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://a@example.org/x",
        "https://x.internal/",
        "file:///etc/passwd",
        "https://example.org:5432/",
    ] {
        let refused = daemon.rpc("SendMessage", ask(url)).await;
        assert!(refused["error"]["message"].as_str().unwrap_or_default().contains("push URL"), "{url}: {refused:#}");
    }
    let answer = daemon.rpc("SendMessage", ask(&format!("http://{address}/hook"))).await;
    let task = &answer["result"]["task"];
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED", "{answer:#}");
    let mut received = received;
    loop {
        let (headers, body) = received.recv().await.expect("the end is told");
        assert_eq!(headers["x-a2a-notification-token"], "receiver-token");
        assert_eq!(headers["authorization"], "Bearer c-1");
        assert!(headers["x-dbwright-signature"].to_str().unwrap().starts_with("sha256="));
        assert_eq!(body["task"]["id"], task["id"]);
        if body["task"]["status"]["state"] == "TASK_STATE_COMPLETED" {
            break;
        }
    }
    // The list, and forgetting.
    let created = json!({"taskId": task["id"], "url": format!("http://{address}/hook"), "id": "mine"});
    let kept = daemon.rpc("CreateTaskPushNotificationConfig", created).await;
    assert_eq!(kept["result"]["id"], "mine", "{kept:#}");
    let listed = daemon.rpc("ListTaskPushNotificationConfigs", json!({"taskId": task["id"]})).await;
    assert_eq!(listed["result"]["configs"].as_array().map(Vec::len), Some(1), "{listed:#}");
    daemon.rpc("DeleteTaskPushNotificationConfig", json!({"taskId": task["id"], "id": "mine"})).await;
    let listed = daemon.rpc("ListTaskPushNotificationConfigs", json!({"taskId": task["id"]})).await;
    assert!(listed["result"]["configs"].as_array().is_none_or(Vec::is_empty), "{listed:#}");
}

type Received = tokio::sync::mpsc::UnboundedReceiver<(axum::http::HeaderMap, serde_json::Value)>;

/// Somebody who wants to be told.
async fn receiver() -> (Received, String) {
    let (sender, received) = tokio::sync::mpsc::unbounded_channel();
    let take = move |headers: axum::http::HeaderMap, axum::Json(body): axum::Json<serde_json::Value>| {
        sender.send((headers, body)).unwrap();
        std::future::ready(axum::http::StatusCode::NO_CONTENT)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = axum::Router::new().route("/hook", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (received, address)
}
