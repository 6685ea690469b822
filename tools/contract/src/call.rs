//! What a running call may use: its identity, its cancellation and its progress line.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A step of a long call, for people: never enters the model's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The call that reports.
    pub call_id: String,
    /// What it is doing now, in a few words.
    pub message: String,
}

/// The context of one call. Cheap to clone; holds no tool's state.
#[derive(Debug, Clone)]
pub struct CallCx {
    /// Session that the call belongs to; provenance of what it saves.
    pub session_id: String,
    /// Id of this call within the session.
    pub call_id: String,
    /// Cancelled when the turn is interrupted or the call's time is up. A tool that waits must
    /// select on it, and must cancel server-side work before it returns.
    pub cancel: CancellationToken,
    /// Whether content from outside is in the session: provenance of what the call saves.
    pub tainted: bool,
    progress: Option<mpsc::UnboundedSender<Progress>>,
}

impl CallCx {
    /// A context with a progress listener.
    pub fn new(
        session_id: impl Into<String>,
        call_id: impl Into<String>,
        cancel: CancellationToken,
        progress: Option<mpsc::UnboundedSender<Progress>>,
    ) -> Self {
        Self { session_id: session_id.into(), call_id: call_id.into(), cancel, tainted: false, progress }
    }

    /// The same, in a session that has seen content from outside or has not.
    #[must_use]
    pub const fn tainted(mut self, tainted: bool) -> Self {
        self.tainted = tainted;
        self
    }

    /// A context outside any session, for a tool that is run as a command.
    pub fn detached(cancel: CancellationToken) -> Self {
        Self::new("cli", "cli", cancel, None)
    }

    /// Tells people what the call is doing now. Never blocks; nobody listening is fine.
    pub fn progress(&self, message: impl Into<String>) {
        if let Some(sender) = &self.progress {
            // A closed receiver only means that nobody watches any more.
            let _ = sender.send(Progress { call_id: self.call_id.clone(), message: message.into() });
        }
    }
}
