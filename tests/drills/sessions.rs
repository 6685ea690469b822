//! Sessions that do not come to their own end: killed, terminated, left by their reader.

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{
    model_server::{Answer, ModelServer, Piece, delta, event},
    program::{Home, Running},
};

/// The time that a daemon manager gives. A guard, no measurement.
const STOP: Duration = Duration::from_secs(5);

async fn silent() -> ModelServer {
    ModelServer::start_with(|_, _| Answer::pieces(vec![event(&delta(&json!({"content": "Well"}))), Piece::Hang])).await
}

fn signal(running: &Running, signal: Signal) {
    kill_process(Pid::from_raw(running.pid()).unwrap(), signal).unwrap();
}

async fn listed(home: &Home) -> String {
    home.run(&["sessions", "list"]).await.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_session_is_listed_as_interrupted_and_can_go_on() {
    let home = Home::new();
    let server = silent().await;
    let mut running = Running::spawn(home.command_with_model(&server.base_url(), &["ask", "--json", "hello"]));
    let started = running.until("turn_started").await.expect("a turn begins");
    let id = started["session_id"].as_str().unwrap();
    assert!(listed(&home).await.contains(" open "), "it is at work");
    let meanwhile = ModelServer::start(vec![Answer::text("hi")]).await;
    let refused = home.run_with_model(&meanwhile.base_url(), &["ask", "--resume", id, "me too"]).await;
    assert_eq!((refused.code, refused.stderr.contains("is in use by process")), (1, true), "{refused:?}");
    signal(&running, Signal::KILL);
    running.code().await;
    let after = listed(&home).await;
    assert!(after.contains(" interrupted ") && !after.contains(" open "), "{after}");
    let resumed = home.run_with_model(&meanwhile.base_url(), &["ask", "--resume", id, "go on"]).await;
    assert_eq!((resumed.code, resumed.stdout.trim()), (0, "hi"), "{resumed:?}");
    assert!(listed(&home).await.contains(" answered "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_session_ends_in_time_says_so_and_can_go_on() {
    let home = Home::new();
    let server = silent().await;
    for asked in [Signal::TERM, Signal::INT] {
        let mut running = Running::spawn(home.command_with_model(&server.base_url(), &["ask", "--json", "hello"]));
        running.until("turn_started").await.expect("a turn begins");
        signal(&running, asked);
        let ended = tokio::time::timeout(STOP, running.code()).await;
        assert_eq!(ended.ok(), Some(130), "{asked:?}");
        assert_eq!(running.seen.last().unwrap()["stop"]["reason"], "cancelled");
        let after = listed(&home).await;
        assert!(after.contains(" cancelled ") && !after.contains(" open "), "{after}");
    }
    let id = listed(&home).await.split_whitespace().next().unwrap().to_owned();
    let server = ModelServer::start(vec![Answer::text("hi")]).await;
    let resumed = home.run_with_model(&server.base_url(), &["ask", "--resume", &id, "go on"]).await;
    assert_eq!(resumed.code, 0, "{resumed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_terminated_ends_in_time_and_leaves_no_open_session() {
    let home = Home::new();
    let mut child = home.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("listening on") {
            break;
        }
    }
    kill_process(Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap(), Signal::TERM).unwrap();
    let ended = tokio::time::timeout(STOP, child.wait()).await.expect("it ends in time").unwrap();
    assert!(ended.success(), "{ended:?}");
    assert!(!listed(&home).await.contains(" open "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_the_session_with_success() {
    let home = Home::new();
    let words = "one two three\n".repeat(200);
    for arguments in [&["ask", "--json", "hello"][..], &["ask", "hello"]] {
        let text = words.clone();
        let server = ModelServer::start_with(move |_, _| Answer::text(&text)).await;
        let mut command = home.command_with_model(&server.base_url(), arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // `dbwright ask … | head -1`
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next_line().await.unwrap().is_some());
        drop(lines);
        let ended = child.wait_with_output().await.unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(!listed(&home).await.contains(" open "));
    }
    // Nobody reads from the start.
    for arguments in [&["ask", "what can you do?"][..], &["sessions", "list"], &["tools"], &["config", "show"]] {
        let mut command = home.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().await.unwrap();
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    assert!(!listed(&home).await.contains(" open "));
}
