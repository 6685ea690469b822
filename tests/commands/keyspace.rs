//! `keyspace` on a server and on a list of names.

use std::{fs, process::Stdio};

use dbwright_redis::{Redis, RedisConfig};
use dbwright_servers::{RedisOptions, testing};
use serde_json::Value;

use crate::support::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_analysed() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let redis = Redis::new(RedisConfig::new("r", server.url())).unwrap();
    let locks: Vec<Vec<String>> = (0..200).map(|n| vec!["SET".into(), format!("lock:job:{n}"), "x".into()]).collect();
    redis.load(locks).await.unwrap();
    let home = Home::new();
    let url = server.url();
    let text = home.run(&["keyspace", "--redis", &url]).await;
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stdout.contains("lock:job:{id} | 200 |"), "{}", text.stdout);
    let json =
        home.run(&["keyspace", "--redis", &url, "--format", "json", "--sample", "all", "--max-time", "5s"]).await;
    let findings: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "lock.no-ttl"), "{findings:#?}");
    for (code, words, arguments) in [
        (2, "no Redis server is configured", ["keyspace"].as_slice()),
        (2, "`soon` is no time", &["keyspace", "--max-time", "soon", "--redis", &url]),
        (2, "sample is `few`", &["keyspace", "--sample", "few", "--redis", &url]),
        (6, "does not answer", &["keyspace", "--redis", "redis://127.0.0.1:1"]),
    ] {
        let ended = home.run(arguments).await;
        assert_eq!((ended.code, ended.stderr.contains(words)), (code, true), "{arguments:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_get_their_templates_line_by_line() {
    let home = Home::new();
    let names: String = (0..50).map(|n| format!("user:{n}:profile\ncart:{n}\n")).collect();
    fs::write(home.project().join("names.txt"), &names).unwrap();
    let plain = home.run(&["keyspace", "--names", "names.txt"]).await;
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    assert_eq!(plain.stdout.lines().nth(4), Some("user:2:profile\tuser:{id}:profile"));
    assert_eq!(plain.stdout.lines().count(), 100);
    let hex: String =
        names.lines().map(|name| name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n").collect();
    fs::write(home.project().join("hex.txt"), hex).unwrap();
    let from_hex = home.run(&["keyspace", "--names", "hex.txt"]).await;
    assert_eq!(from_hex.stdout.lines().nth(1), Some("636172743a30\tcart:{id}"));
    let empty = home.run(&["keyspace", "--names", "/dev/null"]).await;
    assert_eq!((empty.code, empty.stderr.contains("holds no key name")), (2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_is_no_error() {
    let home = Home::new();
    let names: String = (0..200_000).map(|n| format!("user:{n}:profile\n")).collect();
    fs::write(home.project().join("names.txt"), &names).unwrap();
    let mut child = home
        .command(&["keyspace", "--names", "names.txt"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
