//! Databases that are not the demo, and servers that are not there.

use dbwright_servers::testing;
use serde_json::Value;

use crate::support::program::{Ended, Home};

fn review(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_has_nothing_above_low_and_no_error() {
    let database = testing::postgres().await.database("empty").await;
    let home = Home::new();
    let review = review(&home.run(&["review", "--format", "json", "--db", &database.url()]).await);
    let loud: Vec<&Value> = review["findings"]
        .as_array()
        .unwrap()
        .iter()
        // The throwaway server itself runs without fsync, which is rightly a finding.
        .filter(|finding| finding["object"]["kind"] != "setting")
        .filter(|finding| ["critical", "high", "medium"].iter().any(|severity| finding["severity"] == *severity))
        .collect();
    assert!(loud.is_empty(), "{loud:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_what_it_says_and_goes_to_a_file_when_asked() {
    let database = testing::postgres().await.database("formats").await;
    let home = Home::new();
    for (format, mark) in [("text", "dbwright review"), ("md", "#"), ("html", "<!doctype html>"), ("sarif", "2.1.0")] {
        let file = home.path().join(format);
        let shown = file.display().to_string();
        let ended = home.run(&["review", "-q", "--format", format, "--output", &shown, "--db", &database.url()]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
        let text = std::fs::read_to_string(&file).unwrap().to_lowercase();
        assert!(text.contains(mark), "{format}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_exit_code_six_with_a_reason() {
    let home = Home::new();
    for command in [&["review"][..], &["check"], &["ask", "health check"]] {
        let ended = home.run(&[command, &["--db", "postgres://u:hunter2secret@127.0.0.1:1/x"]].concat()).await;
        assert_eq!(ended.code, 6, "{command:?}: {ended:?}");
        assert!(ended.stderr.contains("127.0.0.1:1") && !ended.stderr.contains("hunter2secret"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_without_any_server_looks_at_the_repository() {
    let home = Home::new();
    std::fs::create_dir_all(home.project().join("migrations")).unwrap();
    std::fs::write(home.project().join("migrations/001_a.sql"), "CREATE INDEX i ON orders (a);\n").unwrap();
    let review = review(&home.run(&["review", "--format", "json"]).await);
    assert!(
        review["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "create_index_not_concurrent"),
        "{review:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_not_there_is_a_gap() {
    let database = testing::postgres().await.database("noredis").await;
    let home = Home::new();
    let arguments = ["review", "--format", "json", "--db", &database.url(), "--redis", "redis://127.0.0.1:1"];
    let review = review(&home.run(&arguments).await);
    assert!(review["gaps"].to_string().contains("127.0.0.1:1"), "{:#}", review["gaps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn state_that_cannot_be_kept_is_said_and_the_review_goes_on() {
    let database = testing::postgres().await.database("nostate").await;
    let home = Home::new();
    let mut command = home.command(&["review", "--format", "json", "--db", &database.url()]);
    command.env("DBWRIGHT_HOME", "/proc/nowhere");
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(talk.contains("in memory only"), "{talk}");
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_errors_are_exit_code_two() {
    let home = Home::new();
    for arguments in [
        &["review", "--db", "nosuchname"][..],
        &["review", "--format", "sql"],
        &["review", "--fail-on", "terrible"],
        &["--persona", "/nonexistent.md", "review"],
        &["ask", "--output-schema", "/nonexistent.json", "hi"],
        &["ask", ""],
        &["nosuchcommand"],
    ] {
        let ended = home.run(arguments).await;
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.is_empty());
    }
}
