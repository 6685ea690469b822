//! One run: started, watched, and ended with everything that it started.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::OwnedFd,
    path::Path,
    process::ExitStatus,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use tokio::process::Child;

use super::{
    command::{Programs, confined},
    cover::Cover,
    groups::Groups,
};
use crate::sandbox::output::drain;

/// Time for bubblewrap to make the inner world.
const SET_UP: Duration = Duration::from_secs(20);
/// Time for a killed tree to be gone.
const GRACE: Duration = Duration::from_secs(10);

/// How a run ended.
pub(super) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// Its time was up.
    Late,
    /// Nobody wants it any more.
    Cancelled,
}

/// A run's end and what it printed.
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs `script`; whatever happens, nothing of it is left when this returns.
pub(super) async fn run(
    programs: &Programs,
    root: &Path,
    cover: Option<Cover>,
    script: &str,
    limit: Duration,
    cancelled: impl Future<Output = ()>,
) -> io::Result<Ran> {
    let groups = Groups::new();
    let (mut command, pipes) = confined(programs, root, cover.as_ref(), &groups, script)?;
    let mut tree = Tree { first: None, cover, _groups: groups };
    let mut child: Child = command.spawn()?;
    // The command holds bubblewrap's ends of the pipes: they must close with bubblewrap.
    drop(command);
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("the sandbox has no output pipes"));
    };
    let output = tokio::spawn(async move { tokio::join!(drain(stdout), drain(stderr)) });
    let info = tokio::time::timeout(SET_UP, tokio::task::spawn_blocking(move || first_process(pipes.info))).await;
    let first = info.ok().and_then(Result::ok).and_then(Result::ok);
    if let Some(first) = first {
        tree.first = Some(first);
        File::from(pipes.block).write_all(b"go")?;
    } else {
        // It failed before it had an inner world; what it says comes through stderr.
        drop(pipes.block);
        let _ = tokio::time::timeout(SET_UP, child.wait()).await;
    }
    let end = tokio::select! {
        status = child.wait() => End::Exited(status?),
        () = tokio::time::sleep(limit) => End::Late,
        () = cancelled => End::Cancelled,
    };
    tree.end().await;
    let _ = child.kill().await;
    let printed = tokio::time::timeout(GRACE, output).await;
    let (stdout, stderr) = printed.ok().and_then(Result::ok).unwrap_or_default();
    Ok(Ran { end, stdout, stderr })
}

/// Everything inside, by its first process: it is gone when that one is, for the kernel ends a
/// process namespace whole and lets its first process go last.
struct Tree {
    first: Option<OwnedFd>,
    cover: Option<Cover>,
    _groups: Groups,
}

impl Tree {
    /// Kills and waits until the kernel has cleared everything away.
    async fn end(&mut self) {
        let Some(first) = self.first.take() else { return };
        // Gone already is fine.
        let _ = pidfd_send_signal(&first, Signal::KILL);
        let gone = tokio::task::spawn_blocking(move || is_gone(&first)).await;
        if !matches!(gone, Ok(true)) {
            self.abandon();
        }
    }

    fn abandon(&mut self) {
        if let Some(cover) = &mut self.cover {
            cover.abandon();
        }
    }
}

impl Drop for Tree {
    /// The future was dropped in the middle: the covers may only go after everything behind them.
    fn drop(&mut self) {
        let Some(first) = self.first.take() else { return };
        let _ = pidfd_send_signal(&first, Signal::KILL);
        if !is_gone(&first) {
            self.abandon();
        }
    }
}

/// Waits until a process has ended, which its descriptor tells by becoming readable.
fn is_gone(process: &OwnedFd) -> bool {
    let time = Timespec::try_from(GRACE).ok();
    let mut waiting = [PollFd::new(process, PollFlags::IN)];
    loop {
        match poll(&mut waiting, time.as_ref()) {
            Err(Errno::INTR) => {}
            ended => return matches!(ended, Ok(1)),
        }
    }
}

/// Reads `{"child-pid": 123…}` and holds on to that process.
fn first_process(info: OwnedFd) -> io::Result<OwnedFd> {
    let mut info = File::from(info);
    let mut text = Vec::new();
    let mut byte = [0u8; 64];
    loop {
        let read = info.read(&mut byte)?;
        text.extend_from_slice(byte.get(..read).unwrap_or_default());
        if read == 0 || text.contains(&b'}') {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text);
    let digits: String = text
        .split_once("child-pid")
        .map(|(_, after)| after.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect())
        .unwrap_or_default();
    let pid =
        digits.parse().ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other("bubblewrap names no process"))?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}
