//! A2A 1.0 against the real daemon.

use dbwright_servers::testing;
use serde_json::{Value, json};

use super::client::{Daemon, ENDLESS, events, journal, message};
use crate::support::{
    model_server::{Answer, ModelServer},
    program::Home,
};

fn state(answer: &Value) -> &str {
    answer["result"]["task"]["status"]["state"].as_str().unwrap_or_else(|| panic!("{answer:#}"))
}

fn artifact<'a>(task: &'a Value, name: &str) -> &'a Value {
    let artifacts = task["artifacts"].as_array().unwrap_or_else(|| panic!("{task:#}"));
    artifacts.iter().find(|artifact| artifact["name"] == name).unwrap_or_else(|| panic!("no {name}: {task:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_says_who_where_and_how() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let response = daemon.http.get(daemon.url("/.well-known/agent-card.json")).send().await.unwrap();
    assert!(response.headers().contains_key("etag"));
    let card: Value = response.json().await.unwrap();
    let interfaces = card["supportedInterfaces"].as_array().unwrap();
    let bindings: Vec<&str> = interfaces.iter().map(|one| one["protocolBinding"].as_str().unwrap()).collect();
    assert_eq!(bindings, ["JSONRPC", "HTTP+JSON"]);
    assert!(interfaces.iter().all(|one| one["url"].as_str().unwrap().starts_with(&daemon.base)), "{card:#}");
    assert_eq!(card["capabilities"]["streaming"], true);
    assert!(card["skills"][0]["tags"].as_array().unwrap().len() > 3);
    assert_eq!(card["securitySchemes"]["bearer"]["httpAuthSecurityScheme"]["scheme"], "Bearer");
    assert!(!card.to_string().contains(&daemon.token));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_a_completed_task_with_its_findings() {
    let database = testing::postgres().await.database("a2a").await;
    let home = Home::new();
    let url = database.url().to_string();
    let mut daemon = Daemon::start(&home, &["--db", &url]).await;
    let answer = daemon.rpc("SendMessage", json!({"message": message("health check")})).await;
    assert_eq!(state(&answer), "TASK_STATE_COMPLETED", "{answer:#}");
    let task = &answer["result"]["task"];
    assert!(!artifact(task, "answer")["parts"][0]["text"].as_str().unwrap().is_empty());
    // The throwaway server itself runs without fsync, which is rightly a finding.
    let findings = &artifact(task, "findings")["parts"][0]["data"]["findings"];
    assert!(findings.as_array().unwrap().iter().all(|finding| finding["id"].as_str().unwrap().starts_with("f_")));

    // The task and the conversation outlive the daemon.
    assert_eq!(daemon.terminate().await, 0);
    let daemon = Daemon::start(&home, &["--db", &url]).await;
    let kept = daemon.rpc("GetTask", json!({"id": task["id"]})).await;
    assert_eq!(kept["result"]["status"]["state"], "TASK_STATE_COMPLETED", "{kept:#}");
    let listed = daemon.rpc("ListTasks", json!({"contextId": task["contextId"]})).await;
    assert_eq!(listed["result"]["totalSize"], 1, "{listed:#}");
    let mut again = message("what changed since the last review?");
    again["contextId"] = task["contextId"].clone();
    let second = daemon.rpc("SendMessage", json!({"message": again})).await;
    assert_eq!(state(&second), "TASK_STATE_COMPLETED", "{second:#}");
    assert_eq!(second["result"]["task"]["contextId"], task["contextId"]);
    let session = home.run(&["sessions", "export", task["contextId"].as_str().unwrap()]).await;
    assert_eq!(session.stdout.matches("\"turn_started\"").count(), 2, "{}", session.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_the_task_and_ends_with_its_end() {
    let home = Home::new();
    let model = ModelServer::start(vec![Answer::text("Use an index."), Answer::text("Use an index.")]).await;
    let daemon = Daemon::with_model(&home, &model.base_url(), &[]).await;
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage",
        "params": {"message": message("why is it slow?")}});
    let stream = daemon.post("/jsonrpc/", &body).await.text().await.unwrap();
    let seen: Vec<Value> = events(&stream).into_iter().map(|event| event["result"].clone()).collect();
    assert_eq!(seen[0]["task"]["status"]["state"], "TASK_STATE_WORKING", "{seen:#?}");
    assert!(seen.iter().any(|event| event["artifactUpdate"]["artifact"]["parts"][0]["text"] == "Use an index."));
    assert_eq!(seen.last().unwrap()["statusUpdate"]["status"]["state"], "TASK_STATE_COMPLETED", "{seen:#?}");

    let rest = daemon.post("/a2a/message:stream", &json!({"message": message("why is it slow?")})).await;
    let stream = rest.text().await.unwrap();
    let seen = events(&stream);
    assert_eq!(seen.last().unwrap()["statusUpdate"]["status"]["state"], "TASK_STATE_COMPLETED", "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_for_others_is_rejected_with_the_hand_over() {
    let home = Home::new();
    let hand_over = json!({"to": "architect", "reason": "a new store", "evidence": ["it was asked for"], "next_step": "choose one"});
    let model = ModelServer::start(vec![
        Answer::calls("", &[("escalate", hand_over)]),
        Answer::text("That is for @architect."),
    ])
    .await;
    let daemon = Daemon::with_model(&home, &model.base_url(), &[]).await;
    let answer = daemon.rpc("SendMessage", json!({"message": message("choose a graph database")})).await;
    assert_eq!(state(&answer), "TASK_STATE_REJECTED", "{answer:#}");
    let data = &answer["result"]["task"]["status"]["message"]["parts"][1]["data"];
    assert_eq!(data["escalations"][0]["handle"], "@architect", "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_asked_for_and_grants_exactly_what_was_shown() {
    let home = Home::new();
    let persona = home.path().join("careful.md");
    std::fs::write(&persona, "---\nname: careful\npermissionMode: default\n---\nYou ask first.\n").unwrap();
    let write = |content: &str| Answer::calls("", &[("Write", json!({"path": "new.sql", "content": content}))]);
    let model = ModelServer::start(vec![
        write("SELECT 1;\n"),
        Answer::text("It needs your approval."),
        write("DROP TABLE t;\n"),
        Answer::text("That is another one."),
        write("SELECT 1;\n"),
        Answer::text("Done."),
    ])
    .await;
    let persona = persona.display().to_string();
    let mut daemon = Daemon::with_model(&home, &model.base_url(), &["--persona", &persona]).await;
    let file = home.project().join("new.sql");
    let pending = |answer: &Value| {
        answer["result"]["task"]["status"]["message"]["parts"][1]["data"]["pending_approvals"][0].clone()
    };

    let asked = daemon.rpc("SendMessage", json!({"message": message("write it")})).await;
    assert_eq!(state(&asked), "TASK_STATE_INPUT_REQUIRED", "{asked:#}");
    let shown = pending(&asked);
    assert!(shown["preview"].as_str().unwrap().contains("SELECT 1;"), "{shown:#}");
    assert!(!file.exists());

    // The task waits for its caller, also across a restart.
    assert_eq!(daemon.terminate().await, 0);
    let daemon = Daemon::with_model(&home, &model.base_url(), &["--persona", &persona]).await;
    let task = &asked["result"]["task"];
    let granted = |n: u32| {
        json!({"message": {"messageId": format!("m{n}"), "role": "ROLE_USER", "taskId": task["id"],
        "contextId": task["contextId"], "parts": [{"data": {"approve": [shown["id"]]}}]}})
    };
    let other = daemon.rpc("SendMessage", granted(2)).await;
    assert_eq!(state(&other), "TASK_STATE_INPUT_REQUIRED", "{other:#}");
    assert!(pending(&other)["preview"].as_str().unwrap().contains("DROP TABLE"), "{other:#}");
    assert!(!file.exists(), "another action was granted");
    let done = daemon.rpc("SendMessage", granted(3)).await;
    assert_eq!(state(&done), "TASK_STATE_COMPLETED", "{done:#}");
    assert_eq!(done["result"]["task"]["id"], task["id"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "SELECT 1;\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_task_stops_its_turn() {
    let database = testing::postgres().await.database("a2a_cancel").await;
    let home = Home::new();
    let sql = ENDLESS;
    let model = ModelServer::start(vec![Answer::calls("", &[("psql", json!({"sql": sql}))])]).await;
    let url = database.url().to_string();
    let daemon = Daemon::with_model(&home, &model.base_url(), &["--db", &url]).await;
    let mut asked = message("count");
    asked["contextId"] = json!("to-be-cancelled");
    let params = json!({"message": asked, "configuration": {"returnImmediately": true}});
    let begun = daemon.rpc("SendMessage", params).await;
    let id = &begun["result"]["task"]["id"];
    journal(&home, "to-be-cancelled", "tool_started").await;
    let cancelled = daemon.rpc("CancelTask", json!({"id": id})).await;
    assert_eq!(cancelled["result"]["status"]["state"], "TASK_STATE_CANCELED", "{cancelled:#}");
    let ended = journal(&home, "to-be-cancelled", "turn_finished").await;
    assert!(ended.contains("cancelled"), "{ended}");
    let again = daemon.rpc("GetTask", json!({"id": id})).await;
    assert_eq!(again["result"]["status"]["state"], "TASK_STATE_CANCELED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_found_is_said() {
    let home = Home::new();
    let daemon = Daemon::start(&home, &[]).await;
    let file = json!({"messageId": "m", "role": "ROLE_USER", "parts": [{"url": "http://127.0.0.1/x.sql"}]});
    let answer = daemon.rpc("SendMessage", json!({"message": file})).await;
    assert_eq!(state(&answer), "TASK_STATE_REJECTED", "{answer:#}");
    let unknown = daemon.rpc("GetTask", json!({"id": "nothing"})).await;
    assert_eq!(unknown["error"]["code"], -32001, "{unknown:#}");
    let old = daemon.http.post(daemon.url("/jsonrpc")).bearer_auth(&daemon.token);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": {}});
    let old: Value = old.json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(old["error"]["code"], -32009, "{old:#}");
}
