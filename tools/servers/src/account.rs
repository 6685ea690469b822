//! The account that servers run as. PostgreSQL refuses to run as root, so root steps down.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::ServersError;

/// Accounts that root may hand servers to, best first.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// Who runs the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever runs this process.
    Own { uid: u32 },
    /// This process is root; servers run as somebody else.
    Other { uid: u32, gid: u32, name: String },
}

impl Account {
    /// The account for servers that this process starts.
    pub(crate) fn detect() -> Result<Self, ServersError> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Ok(Self::Own { uid: uid.as_raw() });
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(ServersError::io("read", "/etc/passwd"))?;
        CANDIDATES.iter().find_map(|name| entry(&passwd, name)).ok_or(ServersError::NoAccount)
    }

    pub(crate) fn uid(&self) -> u32 {
        match self {
            Self::Own { uid } | Self::Other { uid, .. } => *uid,
        }
    }

    /// A command that runs as this account, with nothing of our environment: no `PG*` variable,
    /// no key and no locale of the caller reaches a server.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin")
            // The one locale that every system has; a cluster's own is fixed by initdb.
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdin(Stdio::null());
        if let Self::Other { uid, gid, .. } = self {
            // The standard library clears the supplementary groups when root changes the uid.
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Hands a file or folder that we made to the account.
    pub(crate) fn own(&self, path: &Path) -> Result<(), ServersError> {
        match self {
            Self::Own { .. } => Ok(()),
            Self::Other { uid, gid, .. } => {
                chown(path, Some(*uid), Some(*gid)).map_err(ServersError::io("change the owner of", path))
            }
        }
    }

    /// Whether the account can walk down to `path`: a folder below `/root` (0700) is out of its reach.
    pub(crate) fn reaches(&self, path: &Path) -> bool {
        let Self::Other { uid, gid, .. } = self else { return true };
        let Ok(path) = path.canonicalize() else { return false };
        path.ancestors().filter_map(|folder| fs::metadata(folder).ok()).filter(fs::Metadata::is_dir).all(|folder| {
            let bit = match (folder.uid() == *uid, folder.gid() == *gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            folder.mode() & bit != 0
        })
    }
}

fn entry(passwd: &str, name: &str) -> Option<Account> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    // macOS writes `nobody` as -2, which is the same number seen without its sign.
    let mut id = || fields.next()?.parse::<i64>().ok().and_then(|id| u32::try_from(id & 0xffff_ffff).ok());
    let (uid, gid) = (id()?, id()?);
    (uid != 0).then(|| Account::Other { uid, gid, name: name.to_owned() })
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
