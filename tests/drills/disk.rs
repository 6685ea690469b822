//! A disk that fills up in the middle of a session: a clear error, an end in order, and everything
//! that was acknowledged still there. The disk is a file system in memory of a few hundred
//! kilobytes, mounted in a sandbox around the program.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    model_server::{Answer, ModelServer},
    program::{Home, json_lines},
};

/// Room for the schema and a few dozen events.
const DISK: &str = "900000";

/// A shell script in which `$P` is the program; its state is on a disk of [`DISK`] bytes.
async fn on_a_small_disk(home: &Home, base_url: &str, script: &str) -> (i32, String, String) {
    let state = home.path().join("state");
    std::fs::create_dir_all(&state).unwrap();
    let mut command = Command::new("bwrap");
    command
        .args(["--dev-bind", "/", "/", "--size", DISK, "--tmpfs"])
        .arg(&state)
        .args(["sh", "-c", script])
        .env_clear()
        .env("P", env!("CARGO_BIN_EXE_dbwright"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("DBWRIGHT_HOME", &state)
        // Named, so that the program must use it rather than go on without a journal.
        .env("DBWRIGHT_STATE_URL", state.join("state.db"))
        .env("OPENAI_BASE_URL", base_url)
        .env("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        .env("DBWRIGHT_MODEL", "scripted")
        .current_dir(home.project())
        .stdin(Stdio::null());
    let output = command.output().await.expect("bubblewrap, which `./test` installs");
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_session_in_order_and_loses_nothing() {
    let home = Home::new();
    std::fs::write(home.project().join("big.txt"), "0123456789abcdef".repeat(2000)).unwrap();
    let server = ModelServer::start_with(|n, _| {
        Answer::calls(
            "",
            &[("Read", json!({"path": "big.txt", "offset": n + 1})), ("Grep", json!({"pattern": format!("x{n}")}))],
        )
    })
    .await;
    let script = "$P ask --json 'read it again and again' >events.json 2>errors.txt; echo code $?; \
         $P sessions list; id=$($P sessions list | cut -d' ' -f1); $P sessions export $id; \
         echo; cat errors.txt >&2";
    let (_, stdout, stderr) = on_a_small_disk(&home, &server.base_url(), script).await;
    assert!(stdout.starts_with("code 1\n"), "{stdout}\n{stderr}");
    assert!(stderr.contains("is full: nothing was written") && stderr.contains("state.db"), "{stderr}");
    let shown = json_lines(&std::fs::read_to_string(home.project().join("events.json")).unwrap());
    let journal: Vec<Value> =
        stdout.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(shown.len() > 5, "{stderr}");
    assert!(journal.len() >= shown.len(), "{} of {}", journal.len(), shown.len());
    for (shown, kept) in shown.iter().zip(&journal) {
        assert_eq!((&shown["seq"], &shown["type"]), (&kept["seq"], &kept["type"]));
    }
    // No intent was acted on that could not be recorded: each call that finished had begun.
    let ids = |kind: &str| -> Vec<String> {
        journal.iter().filter(|event| event["type"] == kind).map(|event| event["call_id"].to_string()).collect()
    };
    let started = ids("tool_started");
    assert!(ids("tool_finished").iter().all(|id| started.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_not_written_when_its_intent_cannot_be_recorded() {
    let home = Home::new();
    let config = home.path().join(".config/dbwright");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.yaml"), "permission_mode: acceptEdits\n").unwrap();
    let server = ModelServer::start_with(|n, _| {
        let content = format!("-- {n}\n{}\n", "x".repeat(40_000));
        Answer::calls("", &[("Write", json!({"path": format!("file{n}.sql"), "content": content}))])
    })
    .await;
    let script = "$P ask --json 'write and write' >events.json 2>errors.txt; echo code $?; \
         id=$($P sessions list | cut -d' ' -f1); $P sessions export $id";
    let (_, stdout, _) = on_a_small_disk(&home, &server.base_url(), script).await;
    assert!(stdout.starts_with("code 1\n"), "{stdout}");
    let journal: Vec<Value> =
        stdout.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    let started = journal.iter().filter(|event| event["type"] == "tool_started").count();
    let files = std::fs::read_dir(home.project())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".sql"));
    let files = files.count();
    assert!(started > 0 && files <= started, "{files} files, {started} intents on record");
}
