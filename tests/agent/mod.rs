//! The loop through the real binary, a real database and a real HTTP endpoint.

mod secrets;

use std::time::Duration;

use dbwright_servers::testing;
use serde_json::{Value, json};

use crate::support::{
    model_server::{Answer, ModelServer},
    program::{Home, Running, json_lines},
};

fn psql(sql: &str) -> Answer {
    Answer::calls("", &[("psql", json!({"sql": sql}))])
}

/// Sessions of ours that still run on the server.
async fn still_running(home: &Home, url: &str) -> String {
    let sql = "select count(*) from pg_stat_activity where query like '%pg_sleep(%' and state = 'active' and pid <> pg_backend_pid()";
    let server = ModelServer::start(vec![psql(sql), Answer::text("counted")]).await;
    let ended = home.run_with_model(&server.base_url(), &["ask", "--json", "--db", url, "count"]).await;
    let events = json_lines(&ended.stdout);
    let finished = events.iter().find(|event| event["type"] == "tool_finished").unwrap_or_else(|| panic!("{ended:?}"));
    finished["json"]["rows"][0][0].as_str().unwrap_or_else(|| panic!("{finished}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_uses_tools_and_every_event_is_in_the_journal() {
    let database = testing::postgres().await.database("agent").await;
    let home = Home::new();
    let server = ModelServer::start(vec![psql("select 40 + 2 as answer"), Answer::text("It is 42.")]).await;
    let ended =
        home.run_with_model(&server.base_url(), &["ask", "--json", "--db", &database.url(), "what is it?"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let events = json_lines(&ended.stdout);
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds.first(), Some(&"turn_started"));
    assert_eq!(kinds.last(), Some(&"turn_finished"));
    assert_eq!(events.last().unwrap()["answer"], "It is 42.");
    // What the model was sent: the fenced result of its call.
    let asked = server.asked();
    let messages = asked[1].body["messages"].as_array().unwrap();
    let result = messages.last().unwrap()["content"].to_string();
    assert!(result.contains("42") && result.contains("tool_result"), "{result}");
    let id = events[0]["session_id"].as_str().unwrap();
    let exported = home.run(&["sessions", "export", id]).await;
    assert_eq!(json_lines(&exported.stdout).len(), events.len(), "{exported:?}");
    let shown = home.run(&["sessions", "show", id]).await;
    assert!(shown.stdout.contains("what is it?") && shown.stdout.contains("It is 42."), "{shown:?}");
    let listed = home.run(&["sessions", "list"]).await;
    assert!(listed.stdout.contains(&id[..8]), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_call_nothing_acknowledged_is_lost_and_the_session_resumes() {
    let database = testing::postgres().await.database("killed").await;
    let home = Home::new();
    let server = ModelServer::start(vec![psql("select pg_sleep(9)")]).await;
    let mut running = Running::spawn(
        home.command_with_model(&server.base_url(), &["ask", "--json", "--db", &database.url(), "sleep"]),
    );
    let started = running.until("tool_started").await.expect("a call begins");
    let id = started["session_id"].as_str().unwrap().to_owned();
    running.child.kill().await.unwrap();
    let exported = home.run(&["sessions", "export", &id]).await;
    let journal = json_lines(&exported.stdout);
    assert!(journal.len() >= running.seen.len(), "{} of {}", journal.len(), running.seen.len());
    for (seen, kept) in running.seen.iter().zip(&journal) {
        assert_eq!((&seen["seq"], &seen["type"]), (&kept["seq"], &kept["type"]));
    }
    let server = ModelServer::start(vec![Answer::text("I will look first.")]).await;
    let resumed = home
        .run_with_model(&server.base_url(), &["ask", "--json", "--db", &database.url(), "--resume", &id, "go on"])
        .await;
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(json_lines(&resumed.stdout).last().unwrap()["session_id"], id.as_str());
    let asked = server.asked();
    let sent = asked[0].body["messages"].to_string();
    assert!(sent.contains("outcome is unknown") && sent.contains("go on"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_cancels_the_query_on_the_server_and_is_on_record() {
    let database = testing::postgres().await.database("interrupted").await;
    let home = Home::new();
    let server = ModelServer::start(vec![psql("select pg_sleep(9)")]).await;
    let mut running = Running::spawn(
        home.command_with_model(&server.base_url(), &["ask", "--json", "--db", &database.url(), "sleep"]),
    );
    running.until("tool_started").await.expect("a call begins");
    // The statement needs a moment to be on the server.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let pid = rustix::process::Pid::from_raw(running.pid()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(running.code().await, 130);
    let finished: Vec<&Value> = running.seen.iter().filter(|event| event["type"] == "tool_finished").collect();
    assert_eq!(finished[0]["status"], "cancelled");
    assert_eq!(running.seen.last().unwrap()["stop"]["reason"], "cancelled");
    assert_eq!(still_running(&home, &database.url()).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_have_their_exit_code() {
    let database = testing::postgres().await.database("limits").await;
    let home = Home::new();
    let server = ModelServer::start_with(|n, _| psql(&format!("select {n}"))).await;
    let ended = home
        .run_with_model(&server.base_url(), &["ask", "--json", "--max-turns", "2", "--db", &database.url(), "loop"])
        .await;
    assert_eq!(ended.code, 4, "{ended:?}");
    let again = ModelServer::start_with(|_, _| psql("select 1")).await;
    let ended = home.run_with_model(&again.base_url(), &["ask", "--json", "--db", &database.url(), "loop"]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("again and again"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_hands_over_to_the_playbook() {
    let database = testing::postgres().await.database("dead").await;
    let home = Home::new();
    let server =
        ModelServer::start_with(|_, _| Answer::json(400, &json!({"error": {"message": "no such model"}}))).await;
    let ended = home.run_with_model(&server.base_url(), &["ask", "--db", &database.url(), "what can you do?"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("playbook finishes this turn"), "{ended:?}");
    assert!(ended.stdout.contains("playbook"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_playbook_answers_and_says_so_in_one_line() {
    let home = Home::new();
    let ended = home.run(&["ask", "what can you do?"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.stderr.lines().filter(|line| line.contains("playbook")).count(), 1, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_files_without_anybody_to_ask_is_pending_and_nothing_changes() {
    let home = Home::new();
    let write = Answer::calls("", &[("Write", json!({"path": "a.sql", "content": "select 1;"}))]);
    let server = ModelServer::start(vec![write, Answer::text("It needs your approval.")]).await;
    let ended = home.run_with_model(&server.base_url(), &["ask", "--json", "write it"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let events = json_lines(&ended.stdout);
    let finished = events.iter().find(|event| event["type"] == "tool_finished").unwrap();
    assert_eq!(finished["status"], "pending");
    assert!(!home.project().join("a.sql").exists());
}
