//! What the tool takes and gives.

use std::borrow::Cow;

use dbwright_contract::{Report, TokenBudget, clip};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Arguments of `Bash`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BashArgs {
    /// The script.
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
