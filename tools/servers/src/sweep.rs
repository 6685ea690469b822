//! Removes what a lost guard left behind: the second line of defence, run before each start.
//!
//! A folder is stale when nobody uses its server and its guard is gone too. Folders of other
//! accounts, and anything that does not look like ours, are left alone.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{account::Account, places, run_dir::PREFIX};

/// A folder without locks this young may be one that is being made or removed right now.
const YOUNG: Duration = Duration::from_secs(600);

/// All folders of servers that belong to `account`.
pub(crate) fn folders(account: &Account) -> Vec<PathBuf> {
    let ours = |path: &Path| {
        fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir() && meta.uid() == account.uid())
            && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX))
    };
    let entries = places::run_roots().into_iter().filter_map(|root| fs::read_dir(root).ok()).flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| ours(path)).collect()
}

/// Ends servers without user and guard, and removes their folders.
pub(crate) fn sweep(account: &Account) {
    for folder in folders(account) {
        let Some(_locks) = stale(&folder) else { continue };
        end_server(&folder);
        match fs::remove_dir_all(&folder) {
            Ok(()) => tracing::info!(folder = %folder.display(), "removed what an earlier run left behind"),
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "cannot remove what an earlier run left"),
        }
    }
}

/// The locks that prove that the folder is stale; nobody can join while they are held.
fn stale(folder: &Path) -> Option<(Option<File>, Option<File>)> {
    let users = File::open(folder.join("users")).ok();
    let guard = File::open(folder.join("guard")).ok();
    let free = |file: &Option<File>| file.as_ref().is_none_or(|file| file.try_lock().is_ok());
    let young = fs::metadata(folder)
        .and_then(|meta| meta.modified())
        .is_ok_and(|time| SystemTime::now().duration_since(time).unwrap_or_default() < YOUNG);
    if users.is_none() && young {
        return None;
    }
    (free(&users) && free(&guard)).then_some((users, guard))
}

/// Kills the server of a stale folder, after making sure that the process is that server.
fn end_server(folder: &Path) {
    let pid = fs::read_to_string(folder.join("pid")).ok().and_then(|pid| pid.trim().parse::<i32>().ok());
    let Some(pid) = pid.and_then(Pid::from_raw) else { return };
    // Both servers work in their data folder. Numbers of processes are used again, so a process
    // that works elsewhere is somebody else's.
    let works_in = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
    if works_in.is_ok_and(|path| path == folder.join("data")) {
        // Ending abruptly is right: the data goes with it.
        let _ = kill_process(pid, Signal::QUIT);
        let _ = kill_process(pid, Signal::KILL);
    }
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
