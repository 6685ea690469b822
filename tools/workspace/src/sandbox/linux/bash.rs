//! The tool.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dbwright_contract::{Assessment, CallCx, Effect, Tool, ToolError};
use dbwright_policy::{Decision, Mode, shell};

use super::{
    cover::Cover,
    detect::{Found, SandboxOptions, detect},
    lock::lock,
    run::{End, run},
};
use crate::{
    Workspace,
    sandbox::{BashArgs, BashResult},
};

const TIMEOUT: u64 = 120;
const LONGEST: u64 = 600;
/// Workspaces that would hand the machine to the command.
const TOO_WIDE: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin", "/srv",
    "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/var", "/var/tmp",
];

/// A shell without network, credentials and homes, in which only the workspace can be written.
#[derive(Debug, Clone)]
pub struct Bash {
    found: Found,
    options: SandboxOptions,
    workspace: Workspace,
}

impl Bash {
    /// The tool, if this machine can confine it; otherwise a sentence that says why it cannot.
    ///
    /// # Errors
    /// The reason, for `doctor` and for the list of tools.
    pub async fn detect(workspace: &Workspace) -> Result<Self, String> {
        Self::detect_with(SandboxOptions::default(), workspace).await
    }

    /// The tool, built from what `options` say.
    ///
    /// # Errors
    /// The reason why it cannot be used.
    pub async fn detect_with(options: SandboxOptions, workspace: &Workspace) -> Result<Self, String> {
        let root = workspace.root();
        let home = std::env::var_os("HOME").is_some_and(|home| Path::new(&home).starts_with(root));
        if home || TOO_WIDE.iter().any(|path| root == Path::new(path)) {
            return Err(format!("no sandbox: {} is too wide a workspace for a shell", root.display()));
        }
        let found = detect(&options).await?;
        let options = SandboxOptions {
            read_only: options.read_only.iter().map(|path| plain(path)).collect(),
            sealed: options.sealed.iter().map(|path| plain(path)).collect(),
            ..options
        };
        Ok(Self { found, options, workspace: workspace.clone() })
    }

    /// The layers that hold on this machine.
    pub fn layers(&self) -> String {
        self.found.layers.join(", ")
    }

    /// The layers that are missing, each with what that means.
    pub fn gaps(&self) -> Vec<String> {
        self.found.gaps.clone()
    }

    async fn confined(&self, cx: &CallCx, args: &BashArgs) -> Result<BashResult, ToolError> {
        let limit = Duration::from_secs(args.timeout_s.unwrap_or(TIMEOUT).clamp(1, LONGEST));
        let root = self.workspace.root();
        let unprotected =
            |error: std::io::Error| ToolError::Failed(format!("the workspace cannot be protected: {error}"));
        let held = tokio::select! {
            held = lock(root) => held.map_err(unprotected)?,
            () = tokio::time::sleep(limit) => {
                return Err(ToolError::Failed("another command is running in this workspace: try again when it has ended".to_owned()));
            }
            () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
        };
        let (at, options) = (root.to_owned(), self.options.clone());
        let cover = tokio::task::spawn_blocking(move || Cover::new(&at, &options.read_only, &options.sealed))
            .await
            .map_err(|error| ToolError::Failed(format!("the workspace could not be looked at: {error}")))?
            .map_err(unprotected)?;
        let started = Instant::now();
        let ran = run(&self.found.programs, root, Some(cover), &args.command, limit, cx.cancel.cancelled())
            .await
            .map_err(|error| ToolError::Failed(format!("the sandbox does not start: {error}")))?;
        // The covers are gone, and nothing runs behind them: the workspace is free again.
        drop(held);
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (exit_code, timed_out) = match ran.end {
            End::Exited(status) => (status.code(), false),
            End::Late => (None, true),
            End::Cancelled => return Err(ToolError::Cancelled),
        };
        Ok(BashResult { exit_code, timed_out, stdout: ran.stdout, stderr: ran.stderr, elapsed_ms })
    }
}

/// The path without links in it, as mounts need it; its last part may be absent.
fn plain(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(parent).unwrap_or(path)
}

impl Tool for Bash {
    const NAME: &'static str = "Bash";
    const DESCRIPTION: &'static str = "Runs a shell script in a sandbox: the workspace can be written, the rest of the \
         machine is read-only or absent, there is no network, git is read-only, secrets are closed. For builds, tests and \
         text tools; databases are reached through their own tools.";
    const SOURCE: &'static str = "shell";
    const MOST: dbwright_contract::Effect = dbwright_contract::Effect::Shell;
    type Args = BashArgs;
    type Output = BashResult;

    fn assess(&self, args: &BashArgs) -> Assessment {
        let line = args.command.split_whitespace().collect::<Vec<_>>().join(" ");
        let brief: String = line.chars().take(100).collect();
        let ruling = shell::judge(&args.command, Mode::default());
        let assessment = Assessment::new(Effect::Shell, format!("run {brief}")).preview(args.command.clone());
        match ruling.decision {
            Decision::Block => assessment.refuse(format!("{}: {}", ruling.rule, ruling.reason)),
            Decision::Allow | Decision::Ask => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, args: BashArgs) -> Result<BashResult, ToolError> {
        if args.command.contains('\0') {
            return Err(ToolError::Arguments("a command holds no NUL character".to_owned()));
        }
        self.confined(cx, &args).await
    }
}
