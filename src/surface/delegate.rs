//! One turn for another agent: what MCP's `consult` and A2A's messages share.

use std::sync::Arc;

use dbwright_finding::Finding;
use dbwright_memory::Door;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    agent::{Decision, Event, NobodyToAsk, Recorded, Stop},
    assemble::{Opening, Specialist},
    exit::Exit,
};

/// Longest answer text that goes back in one piece; orchestrators cut at ten kilobytes.
const ANSWER_BYTES: usize = 9 * 1024;

/// What the other agent gets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Consulted {
    /// The answer, in Markdown, most important first.
    pub answer: String,
    /// Pass it back to go on with the same conversation.
    pub session_id: String,
    /// Why the turn ended.
    pub stop: Stop,
    /// Who answered: `playbook`, or the model's name.
    pub driver: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Actions that need an approval which could not be given here, one line each.
    pub pending_approvals: Vec<String>,
}

/// Which conversation a turn belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation<'a> {
    /// A new one.
    New,
    /// One of ours, which must exist.
    Existing(&'a str),
    /// The caller's own name for it: taken up if it exists, begun under that name if not.
    Named(&'a str),
}

/// Runs one turn and tells `progress` what happens, in short lines.
///
/// # Errors
/// When the session cannot be opened, or its journal fails.
pub async fn consult(
    specialist: &Specialist,
    door: Door,
    question: &str,
    conversation: Conversation<'_>,
    mut progress: impl FnMut(String) + Send,
    cancel: &CancellationToken,
) -> Result<Consulted, Exit> {
    let opening = Opening {
        door,
        title: question,
        approver: Arc::new(NobodyToAsk),
        limits: specialist.limits(),
        output_schema: None,
    };
    let mut session = match conversation {
        Conversation::New => specialist.open(opening).await?,
        Conversation::Existing(id) => specialist.resume(id, opening).await?,
        Conversation::Named(id) if specialist.knows(id).await => specialist.resume(id, opening).await?,
        Conversation::Named(id) => specialist.open_as(id, opening).await?,
    };
    let (watcher, mut events) = mpsc::unbounded_channel::<Recorded>();
    let mut pending_approvals = Vec::new();
    let watching = async {
        while let Some(recorded) = events.recv().await {
            match recorded.event {
                Event::ToolStarted { name, summary, .. } => progress(format!("{name}: {summary}")),
                Event::ToolProgress { message, .. } => progress(message),
                Event::Notice { text } => progress(text),
                Event::Approval { summary, preview, decision: Decision::Pending, .. } => {
                    pending_approvals.push(preview.map_or(summary.clone(), |preview| format!("{summary}: {preview}")));
                }
                _ => {}
            }
        }
    };
    let (outcome, ()) = tokio::join!(session.turn(&specialist.driver, question, cancel, watcher), watching);
    let outcome = outcome?;
    specialist.store.finish_session(session.id(), &format!("{:?}", outcome.stop)).await?;
    Ok(Consulted {
        answer: shortened(outcome.answer, session.id()),
        session_id: session.id().to_owned(),
        stop: outcome.stop,
        driver: outcome.driver,
        findings: outcome.findings,
        pending_approvals,
    })
}

fn shortened(answer: String, session_id: &str) -> String {
    if answer.len() <= ANSWER_BYTES {
        return answer;
    }
    let end = answer.floor_char_boundary(ANSWER_BYTES);
    let kept = answer.get(..end).unwrap_or_default();
    format!("{kept}\n\n[cut: the whole answer is in `dbwright sessions show {session_id}`]")
}
