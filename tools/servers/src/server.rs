//! One running server: its folder, its guard, and the end of both.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{ServersError, account::Account, run_dir::RunDir};

const GUARD: &str = include_str!("guard.sh");

/// Starting takes half a second; a loaded machine or crash recovery may take far longer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The guard itself falls back to SIGKILL after ten seconds.
const STOP_LIMIT: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(4);

/// What the guard is to run.
pub(crate) struct Program<'a> {
    pub(crate) path: &'a Path,
    pub(crate) arguments: Vec<String>,
    /// The signal that ends it at once, without saving anything.
    pub(crate) signal: &'static str,
}

/// A server that runs until this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    dir: RunDir,
    /// The guard process, when it is a child of this process.
    guard: Option<Child>,
}

impl Server {
    /// Starts `program` under a guard and waits until `ready` says so.
    pub(crate) fn start(
        dir: RunDir,
        account: &Account,
        program: Program<'_>,
        what: &str,
        ready: impl Fn(&RunDir) -> bool,
    ) -> Result<Self, ServersError> {
        let script = dir.path().join("guard.sh");
        fs::write(&script, GUARD).map_err(ServersError::io("write", &script))?;
        account.own(&script)?;
        let guard = account
            .command("/bin/sh")
            .arg(&script)
            .arg(dir.path())
            .arg(program.signal)
            .arg(program.path)
            .args(program.arguments)
            // Out of our process group: an interrupt typed in the terminal is for us alone, and
            // the guard must outlive us to clean up.
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(ServersError::io("start", "/bin/sh"))?;
        let mut server = Self { dir, guard: Some(guard) };
        let deadline = Instant::now() + START_LIMIT;
        while !ready(&server.dir) {
            let reason = if let Some(status) = server.dir.exit_status() {
                format!("it ended with status {status}")
            } else if server.guard_ended() {
                "its guard process ended".to_owned()
            } else if Instant::now() > deadline {
                format!("it was not ready after {} s", START_LIMIT.as_secs())
            } else {
                thread::sleep(PAUSE);
                continue;
            };
            return Err(ServersError::Start { what: what.to_owned(), reason, log: server.dir.log_tail() });
        }
        Ok(server)
    }

    /// A server that another process started and that this process uses too.
    pub(crate) fn joined(dir: RunDir) -> Self {
        Self { dir, guard: None }
    }

    pub(crate) fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Gives the server up and, when its guard is ours, waits until server and folder are gone.
    pub(crate) fn stop(&mut self) -> Result<(), ServersError> {
        self.dir.release();
        if self.guard.is_none() {
            return Ok(());
        }
        let deadline = Instant::now() + STOP_LIMIT;
        while !self.guard_ended() {
            if Instant::now() > deadline {
                return Err(ServersError::Stop { dir: self.dir.path().to_owned(), seconds: STOP_LIMIT.as_secs() });
            }
            thread::sleep(PAUSE);
        }
        self.guard = None;
        Ok(())
    }

    /// Lets the server go on without us; the mark that keeps it must be in place already.
    pub(crate) fn leave(mut self) {
        self.guard = None;
    }

    fn guard_ended(&mut self) -> bool {
        self.guard.as_mut().is_none_or(|guard| !matches!(guard.try_wait(), Ok(None)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "a throwaway server did not stop");
        }
    }
}

/// Runs a blocking step off the runtime's worker threads.
pub(crate) async fn blocking<T: Send + 'static>(
    step: impl FnOnce() -> Result<T, ServersError> + Send + 'static,
) -> Result<T, ServersError> {
    match tokio::task::spawn_blocking(step).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_cancelled) => Err(ServersError::Interrupted),
    }
}
