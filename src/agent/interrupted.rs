//! Calls that were under way when the process ended.
//!
//! Their intent is in the journal, their outcome is not. When the session goes on, each is looked
//! up in the world, and its outcome is put on record before anything else happens. A call that
//! changes something and cannot be looked up stays in doubt: the same call again needs a person,
//! whatever the permission mode.

use std::{collections::HashSet, time::Duration};

use dbwright_contract::{CallCx, Effect, Landed};
use futures_util::future::join_all;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    emitter::Emitter,
    event::{Event, ToolStatus},
    execution::{Executor, fingerprint},
    journal::JournalError,
};
use crate::model::ToolReply;

/// Longest look; a session that goes on must not wait for a server that is down.
const LOOK: Duration = Duration::from_millis(1_500);

/// A call with an intent on record and no outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted {
    /// Id of the call.
    pub call_id: String,
    /// The tool.
    pub name: String,
    /// The arguments as they stand in the journal: without secrets.
    pub arguments: Value,
    /// The most it could do.
    pub effect: Effect,
}

/// Changes that may or may not have happened, by what was called with what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts(HashSet<String>);

impl Doubts {
    /// A call of which nobody knows how it ended.
    pub(super) fn add(&mut self, name: &str, arguments: &Value) {
        self.0.insert(fingerprint(name, arguments));
    }

    /// It was made again, knowingly.
    pub(super) fn clear(&mut self, name: &str, arguments: &Value) {
        self.0.remove(&fingerprint(name, arguments));
    }

    /// Whether this call, its arguments without secrets, may have been made already.
    pub(super) fn holds(&self, name: &str, arguments: &Value) -> bool {
        !self.0.is_empty() && self.0.contains(&fingerprint(name, arguments))
    }
}

/// Whether it matters if a call of this effect was made twice.
pub(super) const fn changes(effect: Effect) -> bool {
    match effect {
        Effect::Observe | Effect::Rehearse => false,
        Effect::WriteFiles | Effect::Shell | Effect::Maintain | Effect::Change | Effect::Destroy => true,
    }
}

impl Executor {
    /// Looks for the effects of `calls` and puts what was found on record, in their order.
    pub(super) async fn settle(
        &mut self,
        calls: &[Interrupted],
        cancel: &CancellationToken,
        emitter: &mut Emitter,
    ) -> Result<Vec<ToolReply>, JournalError> {
        let looks = join_all(calls.iter().map(|call| self.look_up(call, cancel))).await;
        let mut replies = Vec::with_capacity(calls.len());
        for (call, landed) in calls.iter().zip(looks) {
            let (status, text) = verdict(call.effect, &landed);
            let text = self.redactor.redact(&text).into_owned();
            if status == ToolStatus::Unknown && changes(call.effect) {
                self.doubts.add(&call.name, &call.arguments);
            }
            let provenance = self.outside(&call.name);
            self.tainted |= provenance.is_some();
            let finished = Event::ToolFinished {
                call_id: call.call_id.clone(),
                name: call.name.clone(),
                status,
                text: text.clone(),
                json: Value::Null,
                elapsed_ms: 0,
                provenance: provenance.clone(),
            };
            emitter.emit([finished]).await?;
            replies.push(ToolReply {
                call_id: call.call_id.clone(),
                name: call.name.clone(),
                ok: status == ToolStatus::Ok,
                text,
                json: Value::Null,
                provenance,
            });
        }
        Ok(replies)
    }

    async fn look_up(&self, call: &Interrupted, cancel: &CancellationToken) -> Landed {
        let Some(tool) = self.toolbox.get(&call.name) else {
            return Landed::Unclear(format!("there is no tool {} here any more", call.name));
        };
        let cx = CallCx::new(&self.session_id, &call.call_id, cancel.child_token(), None);
        match tokio::time::timeout(LOOK, tool.look_up(&cx, call.arguments.clone())).await {
            Ok(Ok(landed)) => landed,
            Ok(Err(error)) => Landed::Unclear(error.to_string()),
            Err(_) => {
                cx.cancel.cancel();
                Landed::Unclear(format!("no answer within {:.1} s", LOOK.as_secs_f64()))
            }
        }
    }
}

/// How the call ended, as the driver is told.
fn verdict(effect: Effect, landed: &Landed) -> (ToolStatus, String) {
    let ended = "the process ended while this call ran";
    match landed {
        Landed::Done(found) => {
            (ToolStatus::Ok, format!("{ended}; it had taken effect all the same: {found}. Do not make it again"))
        }
        Landed::NotDone(found) => {
            (ToolStatus::Failed, format!("{ended}, before it took effect: {found}. It may be made again"))
        }
        Landed::Unclear(_) if !changes(effect) => {
            (ToolStatus::Unknown, format!("{ended}: its outcome is unknown. It changes nothing and may be made again"))
        }
        Landed::Unclear(why) => (
            ToolStatus::Unknown,
            format!(
                "{ended}: its outcome is unknown ({why}). Look at what is there now before anything else; \
                 making the same call again needs a person's approval"
            ),
        ),
    }
}

#[cfg(test)]
#[path = "interrupted_tests.rs"]
mod tests;
