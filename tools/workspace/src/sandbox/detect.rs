//! Whether this machine can confine a program, found out by doing it once.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

/// Where package managers put it. Not looked up through PATH: whoever can write there could put
/// anything in its place.
const PLACES: &[&str] = &["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
const TIME: Duration = Duration::from_secs(5);

/// The program that confines, if it is there and works; otherwise why not.
pub(super) async fn detect() -> Result<PathBuf, String> {
    match PLACES.iter().map(Path::new).find(|path| path.exists()) {
        Some(path) => works(path).await,
        None if cfg!(target_os = "linux") => {
            Err("no sandbox: bubblewrap is not installed (package `bubblewrap`)".to_owned())
        }
        None => Err("no sandbox: bubblewrap exists for Linux only".to_owned()),
    }
}

/// Runs `true` in all namespaces that the tool will use.
pub(super) async fn works(bwrap: &Path) -> Result<PathBuf, String> {
    let mut trial = Command::new(bwrap);
    trial
        .args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/"])
        .args(["--proc", "/proc", "--dev", "/dev", "--", "true"])
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    match tokio::time::timeout(TIME, trial.output()).await {
        Err(_) => Err("no sandbox: bubblewrap did not answer".to_owned()),
        Ok(Err(error)) => Err(format!("no sandbox: bubblewrap does not start: {error}")),
        Ok(Ok(output)) if output.status.success() => Ok(bwrap.to_owned()),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("no sandbox: this machine does not let bubblewrap confine programs ({})", said.trim()))
        }
    }
}
