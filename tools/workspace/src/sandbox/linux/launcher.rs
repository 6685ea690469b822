//! The first program inside: takes the rest of the machine away once more with Landlock, then
//! becomes the shell.
//!
//! It is our own program, started again inside the sandbox: Landlock must be applied after the
//! mounts are made, and by the process that it shall bind.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::OnceLock,
};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

/// The word that turns a start of this program into the launcher.
pub(super) const WORD: &str = "dbwright-sandbox-launcher";
/// Says that Landlock is not there, with an exit code that no shell has by itself.
const NO_LANDLOCK: u8 = 173;
/// The newest set of rights that we name; older kernels get what they know.
const RIGHTS: ABI = ABI::V6;

/// Folders that are read and whose programs run.
const READ: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/etc"];
const READ_FILES: &[&str] = &["/proc", "/sys"];
/// Folders that are written beside the workspace.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/dev"];

static OURSELVES: OnceLock<PathBuf> = OnceLock::new();

/// To be called first in `main`. Where this start is meant as the launcher, it does that work and
/// gives an exit code if it could not; otherwise it remembers that this program can be one.
pub fn become_launcher(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if arguments.nth(1).as_deref() != Some(OsStr::new(WORD)) {
        if let Ok(program) = std::env::current_exe() {
            // Set once, by the first call; a second one has nothing new to say.
            let _ = OURSELVES.set(program);
        }
        return None;
    }
    Some(launch(arguments))
}

/// This program, if its `main` can become the launcher.
pub(super) fn ourselves() -> Option<PathBuf> {
    OURSELVES.get().filter(|path| path.exists()).cloned()
}

/// `WORKSPACE PROGRAM ARGUMENT…`
fn launch(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(workspace), Some(program)) = (arguments.next(), arguments.next()) else {
        return ExitCode::from(NO_LANDLOCK);
    };
    match restrict(&workspace) {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => {}
        Ok(RulesetStatus::NotEnforced) | Err(_) => return ExitCode::from(NO_LANDLOCK),
    }
    // Returns only if it fails.
    let failed: io::Error = Command::new(program).args(arguments).exec();
    ExitCode::from(if failed.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
}

fn restrict(workspace: &OsStr) -> Result<RulesetStatus, RulesetError> {
    let all = AccessFs::from_all(RIGHTS);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .handle_access(AccessNet::from_all(RIGHTS))?
        .scope(Scope::from_all(RIGHTS))?
        .create()?;
    let read = AccessFs::from_read(RIGHTS);
    let open = |paths: &'static [&'static str], rights: BitFlags<AccessFs>| {
        // What is not there needs no rule.
        paths.iter().filter_map(move |path| Some((PathFd::new(path).ok()?, rights)))
    };
    let granted = open(READ, read)
        .chain(open(READ_FILES, AccessFs::ReadFile | AccessFs::ReadDir))
        .chain(open(SCRATCH, all))
        .chain(PathFd::new(workspace).ok().map(|path| (path, all)));
    for (path, rights) in granted {
        rules = rules.add_rule(PathBeneath::new(path, rights))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}
