//! The command line that confines.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::guard::Guard;
use crate::Workspace;

/// What programs need from the machine to start. Sockets, homes and secrets are not among it.
const FROM_ETC: &[&str] = &[
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/mime.types",
];
const SYSTEM: &[&str] = &["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// Limits of the shell: file size in KiB, open files, no core dumps.
const LIMITS: &str = "ulimit -c 0; ulimit -n 1024; ulimit -f 1048576; ";

/// `script` in bash (or sh), with nothing of the machine but its programs, and of the workspace
/// everything but what the guard protects. bubblewrap itself starts with an empty environment:
/// its own would be readable from inside.
pub(super) fn confined(bwrap: &Path, workspace: &Workspace, guard: &Guard, script: &str) -> Command {
    let mut command = Command::new(bwrap);
    command
        .args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"])
        .args(["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/opt", "/opt", "--ro-bind-try", "/nix", "/nix"])
        .args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/tmp/home", "--dir", "/var/tmp"])
        .args(system())
        .args(FROM_ETC.iter().flat_map(|path| ["--ro-bind-try", path, path]));
    let root = workspace.root().as_os_str();
    command.args([OsString::from("--bind"), root.to_owned(), root.to_owned()]);
    for path in &guard.read_only {
        command.args([OsString::from("--ro-bind"), path.into(), path.into()]);
    }
    command
        .args([OsString::from("--chdir"), root.to_owned()])
        .args(["--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/tmp/home"])
        .args(["--setenv", "LANG", "C.UTF-8", "--setenv", "TERM", "dumb"])
        .args(["--", shell(), "-c"])
        .arg(format!("{LIMITS}{script}"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn shell() -> &'static str {
    if Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" }
}

/// `/bin` and its like: links on most systems today, folders on some.
fn system() -> Vec<OsString> {
    let mount = |path: &str| -> Option<[OsString; 3]> {
        let metadata = fs::symlink_metadata(path).ok()?;
        if metadata.is_symlink() {
            let target: PathBuf = fs::read_link(path).ok()?;
            return Some(["--symlink".into(), target.into(), path.into()]);
        }
        Some(["--ro-bind".into(), path.into(), path.into()])
    };
    SYSTEM.iter().filter_map(|path| mount(path)).flatten().collect()
}
