//! The command line that confines.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Stdio,
};

use command_fds::{CommandFdExt, FdMapping};
use rustix::fs::{MemfdFlags, memfd_create};
use tokio::process::Command;

use super::{
    cover::Cover,
    groups::{Groups, MEMORY, PROCESSES},
    launcher, seccomp,
};

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
    "/etc/java-11-openjdk",
    "/etc/java-17-openjdk",
    "/etc/java-21-openjdk",
    "/etc/os-release",
];
const SYSTEM: &[&str] = &["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Where the launcher lies inside.
const INSIDE: &str = "/run/dbwright-launcher";

/// Descriptors that bubblewrap finds its filters and its two pipes at.
const FILTERS: [i32; 2] = [3, 4];
const INFO: i32 = 5;
const BLOCK: i32 = 6;

/// Puts itself into the groups named before `--`, then becomes the rest.
const ENTER: &str = r#"while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@""#;

/// Limits of each process, below those of the groups: core dumps, open files, file size, memory
/// with content, processes of this user (root has no such limit).
fn limits() -> String {
    let data = MEMORY / 1024;
    format!(
        "ulimit -c 0; ulimit -n 4096; ulimit -f 1048576; ulimit -d {data}; \
         ulimit -u {PROCESSES} 2>/dev/null || ulimit -p {PROCESSES} 2>/dev/null; exec \"$@\""
    )
}

/// The programs that confine.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) bwrap: PathBuf,
    pub(super) launcher: Option<PathBuf>,
}

/// Our ends of bubblewrap's pipes.
pub(super) struct Pipes {
    /// It says which process is the first one inside.
    pub(super) info: OwnedFd,
    /// The command starts when something is written here.
    pub(super) block: OwnedFd,
}

/// `script` in bash (or sh), with nothing of the machine but its programs, and of the workspace
/// everything but what is covered. bubblewrap itself starts with an empty environment: its own
/// would be readable from inside.
pub(super) fn confined(
    programs: &Programs,
    root: &Path,
    cover: Option<&Cover>,
    groups: &Groups,
    script: &str,
) -> io::Result<(Command, Pipes)> {
    let mut inner: Vec<OsString> = Vec::new();
    let mut push = |words: &[&str]| inner.extend(words.iter().map(OsString::from));
    push(&["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
    push(&["--add-seccomp-fd", &FILTERS[0].to_string(), "--add-seccomp-fd", &FILTERS[1].to_string()]);
    push(&["--info-fd", &INFO.to_string(), "--block-fd", &BLOCK.to_string()]);
    push(&["--hostname", "sandbox"]);
    push(&["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/opt", "/opt", "--ro-bind-try", "/nix", "/nix"]);
    push(&["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/tmp/home", "--dir", "/var/tmp"]);
    inner.extend(system());
    inner.extend(FROM_ETC.iter().flat_map(|path| ["--ro-bind-try", path, path]).map(OsString::from));
    let at = root.as_os_str();
    inner.extend([OsString::from("--bind"), at.to_owned(), at.to_owned()]);
    inner.extend(cover.map(Cover::arguments).unwrap_or_default());
    if let Some(launcher) = &programs.launcher {
        inner.extend(["--ro-bind".into(), launcher.into(), INSIDE.into()]);
    }
    // The last word about the top: what was left writable there by making mount points is not.
    inner.extend(["--remount-ro", "/", "--chdir"].map(OsString::from));
    inner.push(at.to_owned());
    for (name, value) in [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/tmp/home"),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
        // Reading commands of git would otherwise try to refresh the index, which is read-only.
        ("GIT_OPTIONAL_LOCKS", "0"),
    ] {
        inner.extend(["--setenv", name, value].map(OsString::from));
    }
    inner.push("--".into());
    if programs.launcher.is_some() {
        inner.extend([INSIDE.into(), launcher::WORD.into(), at.to_owned()]);
    }
    let limits = limits();
    inner.extend([shell(), "-c", &limits, "limits", shell(), "-c", script].map(OsString::from));

    let (info, info_inside) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let (block_inside, block) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let [denied, older] = seccomp::filters().map_err(io::Error::other)?;
    let map = |parent_fd, child_fd| FdMapping { parent_fd, child_fd };
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", ENTER, "enter"])
        .args(groups.doors())
        .arg("--")
        .arg(&programs.bwrap)
        .args(inner)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
        .as_std_mut()
        .fd_mappings(vec![
            map(memory(&denied)?, FILTERS[0]),
            map(memory(&older)?, FILTERS[1]),
            map(info_inside, INFO),
            map(block_inside, BLOCK),
        ])
        .map_err(io::Error::other)?;
    Ok((command, Pipes { info, block }))
}

/// A file without a name, read from its beginning.
fn memory(content: &[u8]) -> io::Result<OwnedFd> {
    use io::{Seek, Write};
    let mut file = File::from(memfd_create("filter", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
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
