//! The end of a turn in the protocol's terms: artifacts, then a state.

use a2a::{Artifact, Message, Part, Role, TaskState, new_artifact_id};
use serde_json::{Value, json};

use super::super::super::delegate::Consulted;
use crate::agent::Stop;

/// How a task goes on after a turn.
pub(super) struct Outcome {
    pub(super) artifacts: Vec<Artifact>,
    pub(super) state: TaskState,
    /// What the caller should read first, where the artifacts do not say it.
    pub(super) message: Option<Message>,
}

impl Outcome {
    /// An end without a turn.
    pub(super) fn without_answer(state: TaskState, text: impl Into<String>) -> Self {
        Self { artifacts: Vec::new(), state, message: Some(said(vec![Part::text(text)])) }
    }

    /// An end with whatever the turn produced.
    pub(super) fn of(consulted: &Consulted) -> Self {
        let (state, message) = state(consulted);
        Self { artifacts: artifacts(consulted), state, message }
    }
}

/// A message of ours.
pub(super) fn said(parts: Vec<Part>) -> Message {
    Message::new(Role::Agent, parts)
}

fn state(consulted: &Consulted) -> (TaskState, Option<Message>) {
    if !consulted.pending_approvals.is_empty() {
        let lines: String =
            consulted.pending_approvals.iter().map(|asked| format!("\n- {} ({})", asked.summary, asked.id)).collect();
        let how = "answer in this task with a data part {\"approve\": [id, …]}, or say what to do instead";
        let parts = vec![
            Part::text(format!("needs approval; {how}:{lines}")),
            data(json!({"pending_approvals": consulted.pending_approvals})),
        ];
        return (TaskState::InputRequired, Some(said(parts)));
    }
    match &consulted.stop {
        Stop::Answered if !consulted.worked && !consulted.escalations.is_empty() => {
            let parts = vec![Part::text(consulted.text()), escalations(consulted)];
            (TaskState::Rejected, Some(said(parts)))
        }
        Stop::Answered => (TaskState::Completed, None),
        Stop::Cancelled => (TaskState::Canceled, Some(said(vec![Part::text("interrupted")]))),
        Stop::StepLimit { .. } | Stop::Budget { .. } | Stop::Repetition { .. } | Stop::ModelFailed { .. } => {
            (TaskState::Failed, Some(said(vec![Part::text(consulted.text())])))
        }
    }
}

fn artifacts(consulted: &Consulted) -> Vec<Artifact> {
    let mut artifacts = Vec::new();
    if !consulted.answer.is_empty() {
        let text = Part::text(consulted.answer.clone()).with_media_type("text/markdown");
        artifacts.push(artifact("answer", "The answer, most important first", text));
    }
    if consulted.findings.as_array().is_some_and(|findings| !findings.is_empty()) {
        let findings = data(json!({"findings": consulted.findings}));
        artifacts.push(artifact("findings", "Problems with their evidence and fixes", findings));
    }
    if !consulted.escalations.is_empty() {
        artifacts.push(artifact("escalation", "Work for another specialist", escalations(consulted)));
    }
    artifacts
}

fn escalations(consulted: &Consulted) -> Part {
    data(json!({"escalations": consulted.escalations}))
}

fn data(value: Value) -> Part {
    Part::data(value).with_media_type("application/json")
}

fn artifact(name: &str, description: &str, part: Part) -> Artifact {
    Artifact {
        artifact_id: new_artifact_id(),
        name: Some(name.to_owned()),
        description: Some(description.to_owned()),
        parts: vec![part],
        metadata: None,
        extensions: None,
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
