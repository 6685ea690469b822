//! Who may let a call run: the permission mode, then a person or a protocol peer.

use dbwright_contract::{Assessment, Effect};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a session may do without asking (the persona's `permissionMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PermissionMode {
    /// Reads and rehearsals run; everything else asks.
    #[default]
    Default,
    /// As `default`, and file edits inside the workspace run.
    AcceptEdits,
    /// Reads and rehearsals only.
    Plan,
    /// Nothing asks: what would ask is denied.
    DontAsk,
    /// Nothing asks, except what cannot be undone; production stays closed to it.
    BypassPermissions,
}

impl std::str::FromStr for PermissionMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_value(text.into()).map_err(|_| {
            format!("unknown permission mode `{text}`: use default, acceptEdits, plan, dontAsk or bypassPermissions")
        })
    }
}

/// What the mode says of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Runs.
    Allow,
    /// Runs if somebody says so.
    Ask,
    /// Does not run.
    Deny,
}

impl PermissionMode {
    /// The permission table. Targets in production never lose the question before what cannot be
    /// undone; guard rails of the tools (access level, read-only transactions) stand below this.
    ///
    /// In a `tainted` session, one that content from outside has entered, no mode answers for a
    /// person where servers are changed: the text may have asked for it. Files of the workspace
    /// and the shell that cannot leave it stay as the mode says.
    pub const fn verdict(self, effect: Effect, tainted: bool) -> Verdict {
        use Effect::{Change, Destroy, Maintain, Observe, Rehearse, Shell, WriteFiles};
        match (self, effect) {
            (_, Observe | Rehearse)
            | (Self::AcceptEdits, WriteFiles)
            | (Self::BypassPermissions, WriteFiles | Shell) => Verdict::Allow,
            (Self::BypassPermissions, Maintain | Change) if !tainted => Verdict::Allow,
            (Self::Plan | Self::DontAsk, WriteFiles | Shell | Maintain | Change | Destroy) => Verdict::Deny,
            (Self::Default, WriteFiles)
            | (Self::Default | Self::AcceptEdits, Shell | Maintain | Change | Destroy)
            | (Self::BypassPermissions, Maintain | Change | Destroy) => Verdict::Ask,
        }
    }
}

/// A call that waits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingCall {
    /// The call.
    pub call_id: String,
    /// The tool.
    pub tool: String,
    /// What it would do.
    pub assessment: Assessment,
    /// Names this action on these servers and no other: an answer is about this.
    pub action: String,
    /// Whether content from outside is in the session, which may have asked for it.
    pub tainted: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Decision {
    /// This once.
    Allow,
    /// This exact action for the rest of the session.
    AllowForSession,
    /// No.
    Deny {
        /// Why, in words that the driver sees.
        reason: String,
    },
    /// Nobody can answer here: the call stays pending and is listed as such.
    Pending,
}

/// Asks whoever can answer.
pub trait Approver: Send + Sync {
    /// Decides one call.
    fn decide<'a>(&'a self, call: &'a PendingCall) -> BoxFuture<'a, Decision>;
}

/// The approver of places where nobody can answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyToAsk;

impl Approver for NobodyToAsk {
    fn decide<'a>(&'a self, _call: &'a PendingCall) -> BoxFuture<'a, Decision> {
        Box::pin(std::future::ready(Decision::Pending))
    }
}

#[cfg(test)]
#[path = "approval_tests.rs"]
mod tests;
