//! A client without any guard: what is typed goes to the server as it is, over its inline
//! protocol, which cuts words as redis-cli does.

use std::{path::Path, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

/// How long a first byte may take before a command counts as holding its client.
const SILENCE: Duration = Duration::from_millis(400);
/// How long more bytes may take.
const QUIET: Duration = Duration::from_millis(40);

pub struct Raw(UnixStream);

impl Raw {
    pub async fn connect(socket: &Path, user: &str, password: &str) -> Self {
        Self::try_connect(socket, user, password).await.unwrap_or_else(|| panic!("{user} is not let in"))
    }

    /// `None` when the server does not answer, or not with a welcome.
    pub async fn try_connect(socket: &Path, user: &str, password: &str) -> Option<Self> {
        let mut raw = Self(UnixStream::connect(socket).await.ok()?);
        if !password.is_empty() {
            let reply = raw.say(&format!("AUTH {user} {password}")).await;
            return (reply == "+OK\r\n").then_some(raw);
        }
        Some(raw)
    }

    /// Everything that comes back until the server falls silent; empty when nothing does.
    pub async fn say(&mut self, line: &str) -> String {
        if self.0.write_all(format!("{line}\r\n").as_bytes()).await.is_err() {
            return String::new();
        }
        let mut reply = Vec::new();
        let mut part = [0; 64 * 1024];
        let mut wait = SILENCE;
        while let Ok(Ok(count)) = tokio::time::timeout(wait, self.0.read(&mut part)).await {
            if count == 0 {
                break;
            }
            reply.extend(&part[..count]);
            wait = QUIET;
        }
        String::from_utf8_lossy(&reply).into_owned()
    }
}
