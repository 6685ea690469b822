//! The folder of one running server and the lock that says that somebody uses it.
//!
//! ```text
//! dbw-a1B2c3/   owned by the server's account, 0700
//!   users       whoever uses the server holds a shared lock on it
//!   guard.sh    the guard's script
//!   guard       held by the guard process while it lives
//!   keep        present: the server stays although nobody holds `users`
//!   pid, exit   the server's process, and how it ended
//!   log         what the server says
//!   s/          the socket
//!   data/       the data
//! ```

use std::{
    fs::{self, File},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::{ServersError, account::Account, places};

/// How every folder of ours begins.
pub(crate) const PREFIX: &str = "dbw-";

/// A server's folder, in use as long as this value lives.
#[derive(Debug)]
pub(crate) struct RunDir {
    path: PathBuf,
    /// Holds the shared lock; closing it gives the server up.
    users: Option<File>,
}

impl RunDir {
    /// A fresh folder that this process uses.
    pub(crate) fn create(account: &Account) -> Result<Self, ServersError> {
        let root = places::run_root(account)?;
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            // The servers let in whoever reaches their socket: the folder must be closed.
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&root)
            .map_err(ServersError::io("create a folder in", &root))?;
        let path = folder.path();
        fs::create_dir(path.join("s")).map_err(ServersError::io("create", path.join("s")))?;
        account.own(&path.join("s"))?;
        for name in ["guard", "log", "users.new"] {
            File::create_new(path.join(name)).map_err(ServersError::io("create", path.join(name)))?;
            account.own(&path.join(name))?;
        }
        // Locked before it has its final name: a sweep never sees an unlocked `users` of a folder
        // that is being made.
        let users = File::open(path.join("users.new")).map_err(ServersError::io("open", path.join("users.new")))?;
        users.lock_shared().map_err(ServersError::io("lock", path.join("users.new")))?;
        fs::rename(path.join("users.new"), path.join("users"))
            .map_err(ServersError::io("rename", path.join("users")))?;
        account.own(path)?;
        Ok(Self { path: folder.keep(), users: Some(users) })
    }

    /// Joins the users of a server that somebody else started; `None` when it is going or gone.
    pub(crate) fn join(path: &Path) -> Option<Self> {
        let name = path.join("users");
        let users = File::open(&name).ok()?;
        users.try_lock_shared().ok()?;
        // The guard removes the name under its exclusive lock before it ends the server. A file
        // that was opened before that is no longer the one behind the name.
        let same = fs::metadata(&name).ok()?.ino() == users.metadata().ok()?.ino();
        same.then(|| Self { path: path.to_owned(), users: Some(users) })
    }

    /// Stops using the server; the guard ends it once it was the last user.
    pub(crate) fn release(&mut self) {
        self.users = None;
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(crate) fn socket_dir(&self) -> PathBuf {
        self.path.join("s")
    }

    /// The server's process, once the guard has started it.
    pub(crate) fn server_pid(&self) -> Option<u32> {
        fs::read_to_string(self.path.join("pid")).ok()?.trim().parse().ok()
    }

    /// The server's exit status, once it has ended.
    pub(crate) fn exit_status(&self) -> Option<String> {
        fs::read_to_string(self.path.join("exit")).ok().map(|status| status.trim().to_owned())
    }

    /// The end of the server's log, on one line.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.path.join("log")).unwrap_or_default();
        tail(&String::from_utf8_lossy(&log))
    }
}

/// The last lines of a program's output, on one line.
pub(crate) fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(6)..).unwrap_or_default();
    if last.is_empty() { "(it said nothing)".to_owned() } else { last.join(" | ") }
}
