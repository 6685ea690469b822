//! Where the words of a command point.

use std::path::{Component, Path, PathBuf};

use crate::{
    Refusal,
    path::{steering, withheld},
};

/// The folder that a script is in, relative to the workspace; none once it cannot be known.
pub(super) type Here = Option<PathBuf>;

/// What a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Its content, or its existence.
    Read,
    /// Anything that changes it.
    Write,
}

/// Read-only inside the sandbox and of no interest to anybody.
const SYSTEM: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix", "/etc/os-release", "/etc/alternatives"];
/// The sandbox's own.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];
const STREAMS: &[&str] = &["/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd"];
/// Readable without end, which limits take care of.
const SOURCES: &[&str] = &["/dev/zero", "/dev/urandom", "/dev/random"];
/// What tells about the machine and holds nothing of anybody.
const FACTS: &[&str] = &["/proc/cpuinfo", "/proc/meminfo", "/proc/version", "/proc/loadavg", "/proc/uptime"];
/// Parts of paths that hold credentials, wherever they are.
const CREDENTIALS: &[&str] = &[
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/ssl/private",
    "/etc/ssh",
    "/run/secrets",
    "/var/run/secrets",
    "/etc/krb5.keytab",
    "/.config/gcloud",
    "/.config/gh",
    "/.config/dbwright",
    "/.bash_history",
    "/.psql_history",
    "/.zsh_history",
];
/// Parts of paths from which programs are started later.
const PERSISTENT: &[&str] = &[
    "/etc/cron",
    "/var/spool/cron",
    "/etc/systemd",
    "/etc/profile",
    "/etc/rc.local",
    "/etc/init",
    "/etc/ld.so.preload",
    "/.config/autostart",
    "/.config/systemd",
    "/.local/share/systemd",
];
const RC: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".inputrc",
    ".vimrc",
    ".psqlrc",
    ".gitconfig",
];

/// What a rule says to a path; none when nothing speaks against it, `Err` with a question when a
/// person should look.
pub(super) fn judge(text: &str, use_: Use, here: &Here) -> Result<Option<Refusal>, String> {
    let home = text.starts_with('~') || text.starts_with("/root") || text.starts_with("/home/");
    if let Some(refusal) = by_name(text, use_) {
        return Ok(Some(refusal));
    }
    if home {
        return Ok(Some(outside(text, "homes are not in the sandbox")));
    }
    if text.starts_with("/dev/tcp") || text.starts_with("/dev/udp") {
        return Ok(Some(refusal("shell.network", format!("{text} opens a connection: there is no network"))));
    }
    if text.starts_with('/') {
        return absolute(text, use_);
    }
    let Some(here) = here else {
        return if text.split('/').any(|part| part == "..") {
            Err(format!("{text} starts from a folder that only a run would tell"))
        } else {
            Ok(None)
        };
    };
    match resolve(here, text) {
        Some(_) => Ok(None),
        None => Ok(Some(outside(text, "it climbs out of the workspace"))),
    }
}

/// The folder after `cd text`; none when it leaves the workspace.
pub(super) fn resolve(here: &Path, text: &str) -> Option<PathBuf> {
    let mut path = here.to_owned();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn below(text: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn absolute(text: &str, use_: Use) -> Result<Option<Refusal>, String> {
    // `/usr/../etc/shadow` is where it ends, not where it starts.
    let clean = Path::new("/").join(resolve(Path::new(""), text.trim_start_matches('/')).unwrap_or_default());
    let clean = clean.to_string_lossy();
    if below(&clean, STREAMS) || below(&clean, SCRATCH) {
        return Ok(None);
    }
    match use_ {
        Use::Read if below(&clean, SYSTEM) || below(&clean, SOURCES) || below(&clean, FACTS) => Ok(None),
        Use::Read if clean.starts_with("/etc/") => {
            Err(format!("{text} is a setting of the machine; little of it is in the sandbox"))
        }
        Use::Read => Ok(Some(outside(text, "only the workspace and the system's programs are in the sandbox"))),
        Use::Write => Ok(Some(outside(text, "only the workspace and /tmp can be written"))),
    }
}

fn by_name(text: &str, use_: Use) -> Option<Refusal> {
    let lower = text.to_lowercase();
    let credentials = CREDENTIALS.iter().any(|part| lower.contains(part)) || process_memory(&lower);
    if credentials {
        return Some(refusal("shell.credentials", format!("{text} holds credentials")));
    }
    let path = Path::new(text.trim_start_matches('~'));
    let git = path.components().any(|part| part.as_os_str() == ".git");
    if use_ == Use::Write {
        let rc = path.file_name().is_some_and(|name| RC.iter().any(|rc| name == *rc));
        if rc || git || PERSISTENT.iter().any(|part| lower.contains(part)) {
            return Some(refusal("shell.persistence", format!("{text} makes other programs run something later")));
        }
        if let Some(reason) = steering(path) {
            return Some(refusal("shell.persistence", format!("{text}: {reason}")));
        }
    }
    // Reading the inside of git is what git itself does all day.
    if git {
        return None;
    }
    withheld(path).map(|reason| refusal("shell.credentials", format!("{text} is withheld: {reason}")))
}

/// Environment, memory and open files of other processes.
fn process_memory(lower: &str) -> bool {
    let Some((_, rest)) = lower.split_once("/proc/") else { return false };
    let mut parts = rest.split('/').skip(1);
    parts.any(|part| matches!(part, "environ" | "mem" | "fd" | "root" | "cwd" | "maps" | "task" | "map_files"))
        || rest.starts_with("kcore")
        || rest.starts_with("sys")
}

fn outside(text: &str, why: &str) -> Refusal {
    refusal("shell.outside", format!("{text} is outside the workspace: {why}"))
}

pub(super) fn refusal(rule: &'static str, reason: impl Into<String>) -> Refusal {
    Refusal { rule, reason: reason.into() }
}
