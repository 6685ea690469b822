//! Runs an installer: bounded in time, its output as progress, its last words kept.

use std::{collections::VecDeque, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::Command,
    sync::mpsc,
    time,
};

use crate::Progress;

/// Lines of output that an error quotes.
const QUOTED: usize = 4;

/// An installer whose files everybody may read: root's servers run as another account, whatever
/// root's own umask is.
pub(super) fn readable(program: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 022 && exec \"$@\"", "sh", program]);
    command
}

/// Runs the command; on failure says why in one line.
pub(super) async fn run(
    name: &str,
    mut command: Command,
    limit: Duration,
    progress: &mut dyn Progress,
) -> Result<(), String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;
    let (sender, mut lines) = mpsc::unbounded_channel();
    let readers = [
        child.stdout.take().map(|output| tokio::spawn(forward(output, sender.clone()))),
        child.stderr.take().map(|output| tokio::spawn(forward(output, sender))),
    ];
    let mut last = VecDeque::new();
    let finished = time::timeout(limit, async {
        while let Some(line) = lines.recv().await {
            progress.detail(&line);
            if last.len() == QUOTED {
                last.pop_front();
            }
            last.push_back(line);
        }
        child.wait().await
    })
    .await;
    for reader in readers.into_iter().flatten() {
        reader.abort();
    }
    let said = || Vec::from(last.clone()).join(" | ");
    match finished {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{name} ended with {status}: {}", said())),
        Ok(Err(error)) => Err(format!("{name} cannot be watched: {error}")),
        Err(_elapsed) => Err(format!("{name} took more than {} s: {}", limit.as_secs(), said())),
    }
}

/// Standard output of a short question to a program; `None` when it fails.
pub(super) async fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = time::timeout(Duration::from_secs(20), command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn forward(output: impl AsyncRead + Unpin, sender: mpsc::UnboundedSender<String>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if !line.trim().is_empty() && sender.send(line).is_err() {
            return;
        }
    }
}
