//! What the other agent gets.

use dbwright_contract::Redactor;
use serde::Serialize;
use serde_json::Value;

use super::{super::markdown::inert, PendingApproval};
use crate::agent::{Event, Recorded, Stop, ToolStatus, TurnOutcome};

/// Longest answer text that goes back in one piece; orchestrators cut at ten kilobytes.
const ANSWER_BYTES: usize = 9 * 1024;
/// The tool that hands work over.
const ESCALATE: &str = "escalate";
/// Tools that look nothing up outside: a turn that used only these has not worked on the task.
const PREPARATION: &[&str] = &[ESCALATE, "load_skill", "memory_search"];

/// The end of a turn. Its fields are the contract of `consult`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Consulted {
    /// The answer, in Markdown, most important first.
    pub(crate) answer: String,
    /// Names the conversation for follow-ups.
    pub(crate) session_id: String,
    /// Why the turn ended.
    pub(crate) stop: Stop,
    /// Who answered: `playbook`, or the model's name.
    pub(crate) driver: String,
    /// What was found.
    pub(crate) findings: Value,
    /// Actions that wait for the caller's approval.
    pub(crate) pending_approvals: Vec<PendingApproval>,
    /// Work that is somebody else's: to whom, why, and what they should do first.
    pub(crate) escalations: Vec<Value>,
    /// Whether anything but handing over was done.
    #[serde(skip)]
    pub(crate) worked: bool,
}

impl Consulted {
    pub(super) fn new(
        session_id: &str,
        outcome: TurnOutcome,
        watched: Watched,
        pending_approvals: Vec<PendingApproval>,
        redactor: &Redactor,
    ) -> Self {
        let mut findings = serde_json::to_value(&outcome.findings).unwrap_or_default();
        redactor.redact_json(&mut findings);
        Self {
            answer: shortened(inert(&outcome.answer), session_id),
            session_id: session_id.to_owned(),
            stop: outcome.stop,
            driver: outcome.driver,
            findings,
            pending_approvals,
            escalations: watched.escalations,
            worked: watched.worked,
        }
    }

    /// The answer, or why there is none.
    pub(crate) fn text(&self) -> String {
        if !self.answer.is_empty() {
            return self.answer.clone();
        }
        match &self.stop {
            Stop::Answered => "the answer is empty".to_owned(),
            Stop::StepLimit { limit } => format!("stopped after {limit} exchanges without an answer"),
            Stop::Budget { detail } => format!("the budget is used up: {detail}"),
            Stop::Repetition { tool } => format!("stopped: {tool} was repeated without news"),
            Stop::Cancelled => "interrupted".to_owned(),
            Stop::ModelFailed { message } => message.clone(),
        }
    }
}

/// What is gathered from the events of a turn.
#[derive(Debug, Default)]
pub(super) struct Watched {
    escalations: Vec<Value>,
    worked: bool,
}

impl Watched {
    /// Takes note of an event; returns the line that tells of it, if one does.
    pub(super) fn see(&mut self, recorded: Recorded) -> Option<String> {
        match recorded.event {
            Event::ToolStarted { name, summary, .. } => Some(format!("{name}: {summary}")),
            Event::ToolProgress { message, .. } => Some(message),
            Event::Notice { text } => Some(text),
            Event::ToolFinished { name, status: ToolStatus::Ok, json, .. } => {
                if name == ESCALATE {
                    self.escalations.push(json);
                } else if !PREPARATION.contains(&name.as_str()) {
                    self.worked = true;
                }
                None
            }
            _ => None,
        }
    }
}

fn shortened(answer: String, session_id: &str) -> String {
    if answer.len() <= ANSWER_BYTES {
        return answer;
    }
    let end = answer.floor_char_boundary(ANSWER_BYTES);
    let kept = answer.get(..end).unwrap_or_default();
    format!("{kept}\n\n[cut: the whole answer is in `dbwright sessions show {session_id}`]")
}
