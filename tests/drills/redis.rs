//! Redis goes away between and during calls, and comes back as something else.

use std::time::Duration;

use dbwright_servers::{Redis, RedisOptions, testing};
use serde_json::{Value, json};
use tokio::process::Command;

use super::proxy::Proxy;
use crate::support::{
    model_server::{Answer, ModelServer},
    program::{Home, Running},
};

/// Longest that a call may take to notice. A guard, no measurement.
const PATIENCE: Duration = Duration::from_secs(60);

fn redis_cli(command: &str) -> Answer {
    Answer::calls("", &[("redis_cli", json!({"command": command}))])
}

/// What an operator does on the server itself.
async fn administer(server: &Redis, command: &[&str]) {
    let output = Command::new("redis-cli").arg("-s").arg(server.socket()).args(command).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A session whose model asks `PING` until told to stop; each call is one step of the test.
struct Asker {
    running: Running,
    _server: ModelServer,
    _home: Home,
}

impl Asker {
    async fn begin(url: &str, calls: usize, between: Duration) -> Self {
        let home = Home::new();
        let server = ModelServer::start_with(move |n, _| {
            if n >= calls {
                return Answer::text("Enough.");
            }
            // Different commands: the same call with the same reply would end the turn.
            redis_cli(&format!("GET key:{n}")).after(between)
        })
        .await;
        let running =
            Running::spawn(home.command_with_model(&server.base_url(), &["ask", "--json", "--redis", url, "ping"]));
        Self { running, _server: server, _home: home }
    }

    async fn next(&mut self) -> Value {
        let event = tokio::time::timeout(PATIENCE, self.running.until("tool_finished")).await;
        event.expect("no call hangs").expect("every call ends in words")
    }

    async fn ends_well(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.running.code()).await;
        assert_eq!(ended.ok(), Some(0), "{:#?}", self.running.seen);
        assert_eq!(self.running.seen.last().unwrap()["answer"], "Enough.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_replaced_is_connected_to_again() {
    let first = testing::own_redis(RedisOptions::default()).await;
    let second = testing::own_redis(RedisOptions::default()).await;
    let proxy = Proxy::to(&first.socket()).await;
    let url = format!("redis://127.0.0.1:{}", proxy.port());
    let mut asker = Asker::begin(&url, 6, Duration::from_millis(400)).await;
    assert_eq!(asker.next().await["status"], "ok");
    let socket = second.socket();
    first.stop().await.unwrap();
    proxy.lead_to(&socket);
    // The call that meets the broken connection may fail, in words; a later one works again.
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let event = asker.next().await;
        statuses.push(event["status"].as_str().unwrap().to_owned());
        assert!(event["status"] == "ok" || !event["text"].as_str().unwrap().is_empty());
    }
    assert_eq!(statuses.last().map(String::as_str), Some("ok"), "{statuses:?}");
    assert!(statuses.iter().filter(|status| *status != "ok").count() <= 1, "{statuses:?}");
    asker.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_does_not_hang_a_call() {
    let redis = testing::own_redis(RedisOptions::default()).await;
    let proxy = Proxy::to(&redis.socket()).await;
    let url = format!("redis://127.0.0.1:{}", proxy.port());
    let mut asker = Asker::begin(&url, 3, Duration::from_millis(400)).await;
    assert_eq!(asker.next().await["status"], "ok");
    proxy.freeze();
    let swallowed = asker.next().await;
    assert_eq!(swallowed["status"], "failed", "{swallowed:#}");
    proxy.thaw();
    proxy.cut();
    assert_eq!(asker.next().await["status"], "ok");
    asker.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lost_its_primary_says_so_and_is_used_once_it_is_promoted() {
    let replica = testing::own_redis(RedisOptions::default().setting("replica-serve-stale-data", "no")).await;
    administer(&replica, &["replicaof", "127.0.0.1", "1"]).await;
    let proxy = Proxy::to(&replica.socket()).await;
    let url = format!("redis://127.0.0.1:{}", proxy.port());
    let mut asker = Asker::begin(&url, 4, Duration::from_millis(600)).await;
    let refused = asker.next().await;
    assert_eq!(refused["status"], "failed", "{refused:#}");
    assert!(refused["text"].as_str().unwrap().contains("MASTERDOWN"), "{refused:#}");
    administer(&replica, &["replicaof", "no", "one"]).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(asker.next().await["status"].clone());
    }
    assert_eq!(statuses.last().unwrap(), "ok", "{statuses:?}");
    asker.ends_well().await;
}
