//! One attack without the guard, and what it did.

use std::time::Duration;

use crate::{
    fingerprint::{ask, text},
    raw::Raw,
    stand::{OWNER_PASSWORD, SPECIALIST_PASSWORD, Stand},
};

/// How long a bystander waits for an answer.
const PATIENCE: Duration = Duration::from_millis(300);
/// What a planted password reads, or begins with: in clear, and as the server hashes two of them.
const SECRETS: &[&str] = &[
    "pl4nted", // SHA-256 of the owner's and of the application's password.
    OWNER_HASH, APP_HASH,
];
const OWNER_HASH: &str = "e1210799de1ec11d354620fde027cec650d0feeb38a2ca9c5c62e943f0449b2e";
const APP_HASH: &str = "e77db91ed330d1d2f89740f9b1e8841f5683f5e8b91c2c7f1e92ec8f089dbcef";

/// Who attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Owner,
    Specialist,
}

/// The kinds of harm that one line did; empty when it did none.
pub async fn strike(stand: &Stand, who: Who, line: &str) -> Vec<&'static str> {
    let before = stand.fingerprint().await;
    let mut observer = stand.observer().await;
    let (user, password) = match who {
        Who::Owner => ("default", OWNER_PASSWORD),
        Who::Specialist => ("specialist", SPECIALIST_PASSWORD),
    };
    let mut raw = Raw::connect(&stand.socket(), user, password).await;
    let id = raw.say("CLIENT ID").await.trim_start_matches(':').trim().to_owned();
    let client_before = client(&mut observer, &id).await;
    let reply = raw.say(line).await;
    let mut harm = Vec::new();
    if !answers(stand).await {
        harm.push("hold");
        revive(stand).await;
    } else {
        let client_after = client(&mut observer, &id).await;
        let flags = client_after.iter().find_map(|field| field.strip_prefix("flags=")).unwrap_or_default();
        let is_held = flags.contains(['b', 'P', 'O', 'S']) || (reply.is_empty() && !client_after.is_empty());
        if is_held {
            harm.push("hold");
        }
        if client_after != client_before || reply.starts_with("+RESET") {
            harm.push("connection");
        }
    }
    if SECRETS.iter().any(|secret| reply.contains(secret)) {
        harm.push("leak");
    }
    if reply.starts_with('*') && ["$1\r\ns\r\n", "$2\r\nst\r\n", "$1\r\nx\r\n"].iter().all(|key| reply.contains(key)) {
        harm.push("flood");
    }
    drop(raw);
    if tokio::net::UnixStream::connect(stand.socket()).await.is_ok() {
        settle(stand).await;
        if !before.differences(&stand.fingerprint().await).is_empty() {
            harm.push("state");
        }
    }
    harm
}

/// The attacker's own connection as the server lists it, without what changes by itself.
async fn client(observer: &mut redis::aio::MultiplexedConnection, id: &str) -> Vec<String> {
    let list = text(&ask(observer, &["CLIENT", "LIST"]).await);
    let wanted = format!("id={id} ");
    let Some(line) = list.lines().find(|line| line.starts_with(&wanted)) else { return Vec::new() };
    let kept = ["name=", "db=", "flags=", "resp=", "user=", "multi=", "sub=", "psub=", "ssub=", "redir="];
    line.split(' ').filter(|field| kept.iter().any(|name| field.starts_with(name))).map(str::to_owned).collect()
}

/// Whether a bystander gets its answer.
async fn answers(stand: &Stand) -> bool {
    if tokio::net::UnixStream::connect(stand.socket()).await.is_err() {
        return false;
    }
    let (socket, password) = (stand.socket(), stand.password());
    let ping = async {
        let Some(mut raw) = Raw::try_connect(&socket, "default", password).await else { return false };
        raw.say("PING").await == "+PONG\r\n"
    };
    tokio::time::timeout(PATIENCE * 4, ping).await.unwrap_or(false)
}

/// Ends scripts that loop, and waits out pauses; a server that is gone stays gone.
async fn revive(stand: &Stand) {
    for _ in 0..50 {
        let Ok(mut stream) = tokio::net::UnixStream::connect(stand.socket()).await else { return };
        let kill = format!("AUTH {OWNER_PASSWORD}\r\nSCRIPT KILL\r\nFUNCTION KILL\r\n");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, kill.as_bytes()).await;
        if answers(stand).await {
            return;
        }
    }
}

/// Waits until background children are done.
async fn settle(stand: &Stand) {
    for _ in 0..100 {
        let mut observer = stand.observer().await;
        let info = text(&ask(&mut observer, &["INFO", "persistence"]).await);
        if !info.contains("in_progress:1") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
