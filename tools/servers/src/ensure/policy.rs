//! What may be installed, and who says so.

use std::{env, fmt, sync::Arc};

/// A change to the machine that needs somebody's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The command, as a person would type it.
    pub command: String,
    /// What it is for, in one sentence.
    pub reason: String,
}

/// What may be installed.
#[derive(Clone)]
pub enum InstallPolicy {
    /// Nothing: use what is there.
    FindOnly,
    /// Private copies in our own cache, but nothing that changes the machine.
    PrivateOnly,
    /// Private copies; changes to the machine when this function agrees.
    Ask(Arc<dyn Fn(&Proposal) -> bool + Send + Sync>),
    /// Everything: somebody said yes in advance.
    Always,
}

impl InstallPolicy {
    /// [`InstallPolicy::Always`] where the environment says so (`CI` or `DBWRIGHT_YES` set to
    /// anything but nothing, `0` or `false`), otherwise `otherwise`.
    pub fn from_environment(otherwise: Self) -> Self {
        let set = |name: &str| env::var(name).is_ok_and(|value| agreed(&value));
        if set("CI") || set("DBWRIGHT_YES") { Self::Always } else { otherwise }
    }

    /// Whether private copies may be downloaded.
    pub(crate) fn allows_private(&self) -> bool {
        !matches!(self, Self::FindOnly)
    }

    /// Whether a person may be there who can answer a question.
    pub(crate) fn is_attended(&self) -> bool {
        matches!(self, Self::Ask(_))
    }

    /// Whether this change to the machine may be made.
    pub(crate) fn allows(&self, proposal: &Proposal) -> bool {
        match self {
            Self::FindOnly | Self::PrivateOnly => false,
            Self::Ask(agrees) => agrees(proposal),
            Self::Always => true,
        }
    }

    /// Whether it is worth preparing a proposal at all.
    pub(crate) fn may_change_machine(&self) -> bool {
        matches!(self, Self::Ask(_) | Self::Always)
    }
}

impl fmt::Debug for InstallPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FindOnly => "FindOnly",
            Self::PrivateOnly => "PrivateOnly",
            Self::Ask(_) => "Ask",
            Self::Always => "Always",
        })
    }
}

fn agreed(value: &str) -> bool {
    !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no")
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
