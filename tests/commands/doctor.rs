//! `doctor`: every line by itself.

use dbwright_servers::{RedisOptions, testing};
use serde_json::{Value, json};

use super::shop::run;
use crate::support::{
    model_server::{Answer, ModelServer},
    program::Home,
};

fn lines<'a>(document: &'a [Value], topic: &str) -> Vec<(&'a str, &'a str)> {
    let text = |line: &'a Value, field: &str| line[field].as_str().unwrap_or_default();
    document
        .iter()
        .filter(|line| line["topic"].as_str().unwrap().starts_with(topic))
        .map(|line| (text(line, "standing"), text(line, "text")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works_is_ok_and_what_is_missing_a_warning() {
    let database = testing::postgres().await.database("doctor").await;
    let redis = testing::own_redis(RedisOptions::default()).await;
    run(&database, "CREATE EXTENSION IF NOT EXISTS hypopg").await;
    let home = Home::new();
    let ended = home.run(&["doctor", "--format", "json", "--db", &database.url(), "--redis", &redis.url()]).await;
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let document: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let database = lines(&document, "database ");
    assert!(
        database.iter().any(|(standing, text)| *standing == "ok" && text.starts_with("PostgreSQL ")),
        "{database:?}"
    );
    assert!(database.contains(&("ok", "hypopg is there: indexes are tried without building them")), "{database:?}");
    assert!(database.iter().any(|(_, text)| text.contains("pg_stat_statements")), "{database:?}");
    assert!(lines(&document, "redis ")[0].1.starts_with("Redis "), "{ended:?}");
    assert_eq!(lines(&document, "state")[0].0, "ok");
    assert!(lines(&document, "model")[0].1.contains("the playbook answers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_hides_no_other() {
    let home = Home::new();
    let arguments = [
        "doctor",
        "--db",
        "postgres://x:s3cret@127.0.0.1:1/x",
        "--redis",
        "redis://127.0.0.1:1",
        "--state",
        "/proc/nope/state.db",
        "--path",
        "/nope",
    ];
    let ended = home.run(&arguments).await;
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    for part in [
        "fail  database x: 127.0.0.1:1/x as x: connection refused",
        "fail  redis redis: ",
        "fail  state: ",
        "fail  repository: ",
        "ok    model: ",
    ] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    assert!(ended.stderr.contains("4 checks failed"), "{}", ended.stderr);
    assert!(!ended.stdout.contains("s3cret"));
    std::fs::create_dir_all(home.project().join(".dbwright")).unwrap();
    std::fs::write(home.project().join(".dbwright/config.yaml"), "nonsense: 1\n").unwrap();
    let broken = home.run(&["doctor"]).await;
    assert!(broken.code == 1 && broken.stdout.contains("fail  settings: "), "{}", broken.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_tried() {
    let home = Home::new();
    let call = ("report_number", json!({"number": 7}));
    let server = ModelServer::start(vec![Answer::text("one two three four five"), Answer::calls("", &[call])]).await;
    let ended = home.run_with_model(&server.base_url(), &["doctor"]).await;
    assert!(ended.stdout.contains("model streaming"), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("ok    model tools"), "{}", ended.stdout);
    let silent = home.run_with_model("http://127.0.0.1:1/v1", &["doctor"]).await;
    assert_eq!(silent.code, 1, "{}", silent.stdout);
    assert!(silent.stdout.contains("fail  model: ") && silent.stdout.contains("playbook"), "{}", silent.stdout);
    assert!(!silent.stdout.contains("sk-test-0123456789abcdef"));
}
