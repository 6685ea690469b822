//! The tool.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dbwright_contract::{Assessment, CallCx, Effect, Report, TokenBudget, Tool, ToolError, clip};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{command::confined, detect, guard::Guard, output::drain};
use crate::Workspace;

const TIMEOUT: u64 = 120;
const LONGEST: u64 = 600;
/// Time for the pipes of a killed program to close.
const GRACE: Duration = Duration::from_secs(2);
/// Workspaces that would hand the machine to the command.
const TOO_WIDE: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr",
    "/var",
];

/// A shell without network, credentials and homes, in which only the workspace can be written.
#[derive(Debug, Clone)]
pub struct Bash {
    bwrap: PathBuf,
    workspace: Workspace,
}

impl Bash {
    /// The tool, if this machine can confine it; otherwise a sentence that says why it cannot.
    ///
    /// # Errors
    /// The reason, for `doctor` and for the list of tools.
    pub async fn detect(workspace: &Workspace) -> Result<Self, String> {
        Self::with_bubblewrap(detect::detect().await?, workspace)
    }

    /// The tool with a bubblewrap of one's own.
    ///
    /// # Errors
    /// The reason why it cannot be used.
    pub async fn detect_at(bwrap: &Path, workspace: &Workspace) -> Result<Self, String> {
        Self::with_bubblewrap(detect::works(bwrap).await?, workspace)
    }

    fn with_bubblewrap(bwrap: PathBuf, workspace: &Workspace) -> Result<Self, String> {
        if TOO_WIDE.iter().any(|path| workspace.root() == Path::new(path)) {
            return Err(format!("no sandbox: {} is too wide a workspace for a shell", workspace.root().display()));
        }
        Ok(Self { bwrap, workspace: workspace.clone() })
    }
}

/// Arguments of `Bash`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BashArgs {
    /// The script. It has no network and no credentials: use the database tools for databases.
    pub command: String,
    /// Seconds it may take; 120 unless told.
    #[serde(default)]
    pub timeout_s: Option<u64>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BashResult {
    /// Exit code; none when it was killed.
    pub exit_code: Option<i32>,
    /// It took longer than it might and was killed with everything that it had started.
    pub timed_out: bool,
    /// What it printed: beginning and end.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// Wall time.
    pub elapsed_ms: u64,
}

impl Report for BashResult {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let outcome = match (self.timed_out, self.exit_code) {
            (true, _) => format!("killed after {} ms: it took longer than timeout_s\n", self.elapsed_ms),
            (false, Some(0)) => String::new(),
            (false, Some(code)) => format!("exit code {code}\n"),
            (false, None) => "killed\n".to_owned(),
        };
        let stderr = if self.stderr.is_empty() { String::new() } else { format!("stderr:\n{}", self.stderr) };
        let text = format!("{outcome}{}{stderr}", self.stdout);
        if text.is_empty() {
            return Cow::Borrowed("done, no output");
        }
        Cow::Owned(clip(&text, budget, "print less").text.into_owned())
    }
}

impl Tool for Bash {
    const NAME: &'static str = "Bash";
    const DESCRIPTION: &'static str = "Runs a shell script in a sandbox: the workspace can be written, the rest of the \
         machine is read-only or absent, there is no network. For builds, tests and text tools; databases are reached \
         through their own tools.";
    type Args = BashArgs;
    type Output = BashResult;

    fn assess(&self, args: &BashArgs) -> Assessment {
        let line = args.command.split_whitespace().collect::<Vec<_>>().join(" ");
        let brief: String = line.chars().take(100).collect();
        Assessment::new(Effect::Shell, format!("run {brief}")).preview(args.command.clone())
    }

    async fn call(&self, cx: &CallCx, args: BashArgs) -> Result<BashResult, ToolError> {
        if args.command.contains('\0') {
            return Err(ToolError::Arguments("a command holds no NUL character".to_owned()));
        }
        let guard = Guard::new(&self.workspace)
            .map_err(|error| ToolError::Failed(format!("the workspace cannot be protected: {error}")))?;
        let limit = Duration::from_secs(args.timeout_s.unwrap_or(TIMEOUT).clamp(1, LONGEST));
        let started = Instant::now();
        let mut child = confined(&self.bwrap, &self.workspace, &guard, &args.command)
            .spawn()
            .map_err(|error| ToolError::Failed(format!("the sandbox does not start: {error}")))?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(ToolError::Failed("the sandbox has no output pipes".to_owned()));
        };
        let output = tokio::spawn(async move { tokio::join!(drain(stdout), drain(stderr)) });
        let status = tokio::select! {
            status = child.wait() => Some(status),
            () = tokio::time::sleep(limit) => None,
            () = cx.cancel.cancelled() => {
                // Kills bubblewrap, and with it the first process of the inner world and so all.
                let _ = child.kill().await;
                output.abort();
                return Err(ToolError::Cancelled);
            }
        };
        if status.is_none() {
            let _ = child.kill().await;
        }
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let printed = tokio::time::timeout(GRACE, output).await;
        let (stdout, stderr) = printed.ok().and_then(Result::ok).unwrap_or_default();
        let timed_out = status.is_none();
        let status = status.transpose().map_err(|error| ToolError::Failed(format!("the sandbox was lost: {error}")))?;
        Ok(BashResult { exit_code: status.and_then(|status| status.code()), timed_out, stdout, stderr, elapsed_ms })
    }
}
