//! The journal: order, durability, and what happens when things go wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use dbwright_contract::Redactor;
use dbwright_memory::{Door, JournalEntry, NewSession, Store, StoreError, StoreUrl, new_id};
use serde_json::json;
use support::Fixture;

fn entry(number: usize) -> JournalEntry {
    JournalEntry::new("text", json!({"type": "text", "number": number}))
}

async fn session(store: &Store, id: &str) {
    store.create_session(&NewSession::new(id, "a title", Door::Ask)).await.unwrap();
}

async fn order_and_lookup(fixture: &Fixture) {
    let store = &fixture.store;
    let mut new = NewSession::new("abc1", "why is it slow", Door::Chat);
    new.model = Some("playbook".to_owned());
    store.create_session(&new).await.unwrap();
    assert!(matches!(store.create_session(&new).await, Err(StoreError::Exists { .. })));
    session(store, "abd2").await;

    assert_eq!(store.append("abc1", &[entry(1), entry(2)]).await.unwrap(), 2);
    assert_eq!(store.append("abc1", &[entry(3)]).await.unwrap(), 3);
    let stored = store.entries("abc1", 1).await.unwrap();
    assert_eq!(stored.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(stored[1].payload, json!({"type": "text", "number": 3}));

    assert!(matches!(store.append("nope", &[entry(1)]).await, Err(StoreError::NotFound { what: "session", .. })));
    assert_eq!(store.session("abc").await.unwrap().model.as_deref(), Some("playbook"));
    assert!(matches!(store.session("ab").await, Err(StoreError::Ambiguous { count: 2, .. })));
    assert!(matches!(store.session("").await, Err(StoreError::Ambiguous { .. })));
    assert!(matches!(store.session("%").await, Err(StoreError::NotFound { .. })));

    store.finish_session("abc1", "done").await.unwrap();
    let listed = store.list_sessions(10).await.unwrap();
    assert_eq!(listed.len(), 2);
    let finished = store.session("abc1").await.unwrap();
    assert_eq!((finished.outcome.as_deref(), finished.last_seq), (Some("done"), 3));
    store.append("abc1", &[entry(4)]).await.unwrap();
    assert_eq!(store.session("abc1").await.unwrap().finished_at, None, "later events reopen a session");
}

async fn secrets_and_odd_characters(fixture: &Fixture) {
    let store = Store::open(&fixture.url, Redactor::new().knows("hunter2xyz".to_owned().into())).await.unwrap();
    session(&store, "s").await;
    let odd = "nul \u{0} emoji \u{1f600} quote ' \" backslash \\";
    let payload = json!({"a": odd, "dsn": "postgres://me:topsecret@h/db", "known": "it is hunter2xyz"});
    store.append("s", &[JournalEntry::new("text", payload)]).await.unwrap();
    let stored = store.entries("s", 0).await.unwrap().remove(0).payload;
    assert_eq!(stored["a"], json!(odd));
    assert_eq!(stored["known"], json!("it is [redacted]"));
    assert!(!stored.to_string().contains("topsecret"));
    let unstorable = JournalEntry::new("bad\u{0}kind", json!(1));
    assert!(matches!(store.append("s", &[entry(1), unstorable]).await, Err(StoreError::Value(_))));
    assert_eq!(store.entries("s", 0).await.unwrap().len(), 1, "all entries of a call or none");
}

async fn concurrent_sessions(fixture: &Fixture) {
    let (sessions, each) = (8, 40);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..sessions {
        // Half of them through a second handle, as a second process would.
        let store = if number % 2 == 0 { fixture.store.clone() } else { fixture.reopen().await };
        tasks.spawn(async move {
            let id = format!("session-{number}");
            session(&store, &id).await;
            for number in 1..=each {
                let seq = store.append(&id, &[entry(number)]).await.unwrap();
                assert_eq!(seq, i64::try_from(number).unwrap());
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for number in 0..sessions {
        let stored = fixture.store.entries(&format!("session-{number}"), 0).await.unwrap();
        let numbers: Vec<_> = stored.iter().map(|entry| entry.payload["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=each as u64).collect::<Vec<_>>());
    }
    // Many tasks on one session: every number once, none lost.
    session(&fixture.store, "shared").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..50 {
        let store = fixture.store.clone();
        tasks.spawn(async move { store.append("shared", &[entry(number), entry(number)]).await.unwrap() });
    }
    let mut seqs = tasks.join_all().await;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=50).map(|number| number * 2).collect::<Vec<i64>>());
}

on_both!(order_and_lookup, secrets_and_odd_characters, concurrent_sessions);

const CHILD_STATE: &str = "DBWRIGHT_TEST_APPENDS_TO";

/// The child of the kill test: appends for ever and reports each acknowledged number.
#[test]
fn child_that_appends() {
    let Ok(path) = std::env::var(CHILD_STATE) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&path.parse().unwrap(), Redactor::new()).await.unwrap();
        let id = new_id();
        session(&store, &id).await;
        for number in 1.. {
            let seq = store.append(&id, &[entry(number)]).await.unwrap();
            println!("acknowledged {id} {seq}");
        }
    });
}

/// Kills a process in the middle of appending, several times over on the same file, and finds
/// every acknowledged event.
fn kill_while_appending(path: &str) -> Vec<(String, i64)> {
    let mut acknowledged = Vec::new();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_appends", "--nocapture", "--test-threads", "1"])
            .env(CHILD_STATE, path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut lines = lines.filter_map(|line| {
            let (_, report) = line.split_once("acknowledged ")?;
            let (id, seq) = report.split_once(' ')?;
            Some((id.to_owned(), seq.parse::<i64>().ok()?))
        });
        let wanted = 20 * round;
        let mut last = lines.by_ref().take(wanted).last().unwrap();
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        // What it reported between the last line read and its death counts too.
        if let Some(later) = lines.last() {
            last = later;
        }
        acknowledged.push(last);
    }
    acknowledged
}

#[tokio::test]
async fn killed_process_loses_nothing_acknowledged() {
    let fixture = support::sqlite().await;
    let path = fixture.url.to_string();
    let acknowledged = tokio::task::spawn_blocking(move || kill_while_appending(&path)).await.unwrap();
    for (id, seq) in acknowledged {
        let stored = fixture.store.entries(&id, 0).await.unwrap();
        let numbers: Vec<i64> = stored.iter().map(|entry| entry.seq).collect();
        assert!(numbers.len() as i64 >= seq, "{} stored, {seq} acknowledged", numbers.len());
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_session_belongs_to_one_living_process_and_is_closed_when_that_is_gone() {
    let fixture = support::sqlite().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_appends", "--nocapture", "--test-threads", "1"])
        .env(CHILD_STATE, fixture.url.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let id = lines.find_map(|line| Some(line.split_once("acknowledged ")?.1.split(' ').next()?.to_owned())).unwrap();
    let store = &fixture.store;
    assert_eq!(store.close_cut_off_sessions().await.unwrap(), 0, "it is at work");
    let refused = store.adopt_session(&id).await;
    let named = format!("process {} on", child.id());
    assert!(matches!(&refused, Err(StoreError::InUse { by, .. }) if by.starts_with(&named)), "{refused:?}");
    child.kill().unwrap(); // SIGKILL
    lines.for_each(drop);
    child.wait().unwrap();
    assert_eq!(store.close_cut_off_sessions().await.unwrap(), 1);
    let closed = store.session(&id).await.unwrap();
    assert_eq!((closed.outcome.as_deref(), closed.finished_at), (Some("Interrupted"), Some(closed.last_at)));
    store.adopt_session(&id).await.unwrap();
    store.append(&id, &[entry(1)]).await.unwrap();
    let open = store.session(&id).await.unwrap();
    assert_eq!((open.outcome, open.finished_at), (None, None), "it goes on here");
    assert_eq!(store.close_cut_off_sessions().await.unwrap(), 0, "and we live");
}

#[tokio::test]
async fn torn_log_tail_is_dropped_and_the_rest_kept() {
    let fixture = support::sqlite().await;
    session(&fixture.store, "s").await;
    for number in 1..=5 {
        fixture.store.append("s", &[entry(number)]).await.unwrap();
    }
    // A copy of the files as a power loss would leave them: the last log frame half written.
    let StoreUrl::File(path) = &fixture.url else { unreachable!() };
    let copy = tempfile::TempDir::new().unwrap();
    let target = copy.path().join("state.db");
    std::fs::copy(path, &target).unwrap();
    let log = std::fs::read(path.with_extension("db-wal")).unwrap();
    std::fs::write(target.with_extension("db-wal"), &log[..log.len() - 2000]).unwrap();

    let store = Store::open(&StoreUrl::File(target), Redactor::new()).await.unwrap();
    let stored = store.entries("s", 0).await.unwrap();
    assert_eq!(stored.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(store.append("s", &[entry(5)]).await.unwrap(), 5);
}

#[tokio::test]
async fn unusable_places_are_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let open = |path: std::path::PathBuf| async move { Store::open(&path.into(), Redactor::new()).await };

    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, vec![7u8; 8192]).unwrap();
    assert!(matches!(open(garbage.clone()).await, Err(StoreError::Corrupt { .. })));
    assert_eq!(std::fs::read(&garbage).unwrap(), vec![7u8; 8192], "a foreign file is left as it is");

    let below_a_file = garbage.join("state.db");
    assert!(matches!(open(below_a_file).await, Err(StoreError::Open { .. })));
    // Nobody can create files there, not even root.
    let refused = open("/proc/self/fdinfo/dbwright/state.db".into()).await.unwrap_err();
    assert!(refused.to_string().contains("/proc/self/fdinfo/dbwright/state.db"), "{refused}");
    assert!(matches!(open(folder.path().to_owned()).await, Err(StoreError::Open { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn state_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = support::sqlite().await;
    session(&fixture.store, "s").await;
    let StoreUrl::File(path) = &fixture.url else { unreachable!() };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}
