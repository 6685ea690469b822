//! Whether this machine can confine a program, found out by doing it once.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

use super::{
    command::Programs,
    groups::Groups,
    launcher,
    run::{End, run},
};

/// Where package managers put it. Not looked up through PATH: whoever can write there could put
/// anything in its place.
const PLACES: &[&str] = &["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
const TIME: Duration = Duration::from_secs(20);

/// What the trial must print: no way out, no rights, filtered, nothing from outside.
const TRIAL: &str = r#"
grep -q '^Seccomp:.*2$' /proc/self/status || { echo "system calls are not filtered"; exit 1; }
grep -q '^NoNewPrivs:.*1$' /proc/self/status || { echo "programs can gain rights"; exit 1; }
grep -q '^CapEff:.*0000000000000000$' /proc/self/status || { echo "capabilities are left"; exit 1; }
(exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null && { echo "the network is open"; exit 1; }
[ "$(tr -d '\0' < /proc/1/environ)" = "" ] || { echo "the environment is not empty"; exit 1; }
echo confined
"#;

/// What a sandbox is built from.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// A bubblewrap outside the usual places.
    pub bwrap: Option<PathBuf>,
    /// The program that applies the inner layer; this one, if it can, unless told.
    pub launcher: Option<PathBuf>,
    /// Files and folders in the workspace that a command may not change: the persona, say.
    pub read_only: Vec<PathBuf>,
    /// Files and folders that it may not even read: the memory, say.
    pub sealed: Vec<PathBuf>,
}

/// A sandbox that was tried.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) programs: Programs,
    pub(super) layers: Vec<&'static str>,
    pub(super) gaps: Vec<String>,
}

/// The programs that confine, if they are there and work; otherwise why not.
pub(super) async fn detect(options: &SandboxOptions) -> Result<Found, String> {
    let bwrap = match &options.bwrap {
        Some(path) => path.clone(),
        None => PLACES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .ok_or("no sandbox: bubblewrap is not installed (package `bubblewrap`)")?,
    };
    if !bwrap.exists() {
        return Err(format!("no sandbox: bubblewrap does not start: {} does not exist", bwrap.display()));
    }
    let mut gaps = Vec::new();
    let launcher = options.launcher.clone().or_else(launcher::ourselves);
    let mut programs = Programs { bwrap, launcher };
    let mut trial = attempt(&programs).await;
    if programs.launcher.is_some() && trial.is_err() {
        // Without the inner layer the others still hold; the trial shows whether they do.
        let without = Programs { launcher: None, ..programs.clone() };
        if attempt(&without).await.is_ok() {
            gaps.push("Landlock: this kernel does not have it, or it is switched off".to_owned());
            programs = without;
            trial = Ok(());
        }
    } else if programs.launcher.is_none() {
        gaps.push("Landlock: this program cannot be its own launcher".to_owned());
    }
    trial?;
    let mut layers = vec!["namespaces", "system calls filtered"];
    if programs.launcher.is_some() {
        layers.push("Landlock");
    }
    let groups = Groups::new();
    if groups.processes && groups.memory {
        layers.push("control groups");
    } else {
        let missing = match (groups.processes, groups.memory) {
            (false, false) => "the number of processes and memory as a whole",
            (false, true) => "the number of processes",
            _ => "memory as a whole",
        };
        let rest = if rustix::process::getuid().is_root() && !groups.processes {
            "root has no other limit on processes"
        } else {
            "each process has limits of its own"
        };
        gaps.push(format!("control groups: {missing} cannot be bounded here; {rest}"));
    }
    Ok(Found { programs, layers, gaps })
}

/// Runs the trial in everything that the tool will use.
async fn attempt(programs: &Programs) -> Result<(), String> {
    let folder = TempDir::with_prefix("dbwright-trial-").map_err(|error| format!("no sandbox: {error}"))?;
    let root = folder.path().canonicalize().map_err(|error| format!("no sandbox: {error}"))?;
    let ran = run(programs, &root, None, TRIAL, TIME, std::future::pending()).await;
    let ran = ran.map_err(|error| format!("no sandbox: bubblewrap does not start: {error}"))?;
    match ran.end {
        End::Exited(status) if status.success() && ran.stdout.trim() == "confined" => Ok(()),
        End::Exited(_) => Err(format!(
            "no sandbox: this machine does not let bubblewrap confine programs ({})",
            reason(&ran.stdout, &ran.stderr)
        )),
        End::Late | End::Cancelled => Err("no sandbox: bubblewrap did not answer".to_owned()),
    }
}

/// What bubblewrap said, and what usually helps.
fn reason(stdout: &str, stderr: &str) -> String {
    let said = format!("{} {}", stdout.trim(), stderr.trim());
    let said = said.trim();
    let userns = ["user namespace", "uid map", "Creating new namespace", "No permissions to create"];
    if !userns.iter().any(|part| said.contains(part)) {
        return if said.is_empty() { "it says nothing".to_owned() } else { said.to_owned() };
    }
    let hint = if Path::new("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").exists() {
        "AppArmor restricts user namespaces: give bubblewrap a profile that allows them"
    } else if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
        "this is a container: it must allow user namespaces"
    } else {
        "user namespaces are switched off"
    };
    format!("{said}; {hint}")
}
