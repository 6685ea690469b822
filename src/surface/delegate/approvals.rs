//! Approvals over a protocol: the caller gets a question with an id, and may grant exactly that
//! action with its next message.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use dbwright_contract::{Effect, Redactor};
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::agent::{Approver, Decision, PendingCall};

/// An action that needs an approval which nobody gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PendingApproval {
    /// Grants exactly this action when it is sent back.
    pub(crate) id: String,
    /// The tool that would run.
    pub(crate) tool: String,
    /// The most it can do.
    pub(crate) effect: Effect,
    /// One line for people.
    pub(crate) summary: String,
    /// The exact action.
    pub(crate) preview: Option<String>,
}

/// Answers from the ids that the caller sent, and keeps what it could not answer.
#[derive(Debug)]
pub(super) struct Approvals {
    granted: HashSet<String>,
    pending: Mutex<Vec<PendingApproval>>,
}

impl Approvals {
    pub(super) fn new(granted: Vec<String>) -> Self {
        Self { granted: granted.into_iter().collect(), pending: Mutex::default() }
    }

    /// What was not answered, cleaned for the way out.
    pub(super) fn pending(&self, redactor: &Redactor) -> Vec<PendingApproval> {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let clean = |text: &str| redactor.redact(text).into_owned();
        pending
            .iter()
            .map(|asked| PendingApproval {
                summary: clean(&asked.summary),
                preview: asked.preview.as_deref().map(clean),
                ..asked.clone()
            })
            .collect()
    }
}

impl Approver for Approvals {
    fn decide<'a>(&'a self, call: &'a PendingCall) -> BoxFuture<'a, Decision> {
        let id = call.action.clone();
        // Only what was shown whole can be granted from afar.
        let decision = if self.granted.contains(&id) && call.assessment.preview.is_some() {
            Decision::Allow
        } else {
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(PendingApproval {
                id,
                tool: call.tool.clone(),
                effect: call.assessment.effect,
                summary: call.assessment.summary.clone(),
                preview: call.assessment.preview.clone(),
            });
            Decision::Pending
        };
        Box::pin(std::future::ready(decision))
    }
}

#[cfg(test)]
#[path = "approvals_tests.rs"]
mod tests;
