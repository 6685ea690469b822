//! From a journal back to a session.

use dbwright_contract::Effect;
use serde_json::Value;

use super::{
    event::{Event, Recorded, ToolStatus},
    interrupted::{Doubts, Interrupted, changes},
};
use crate::model::{Item, ToolCall, ToolReply, Usage};

/// What a journal says a session had come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// The transcript, without replies for `interrupted`.
    pub items: Vec<Item>,
    /// Calls that were begun when the journal ends and have no outcome yet: to be looked up.
    pub interrupted: Vec<Interrupted>,
    /// Changes whose outcome nobody knows.
    pub doubts: Doubts,
    /// Whether content from outside has entered the session.
    pub tainted: bool,
    /// Turns begun.
    pub turns: u32,
    /// Tokens spent.
    pub total: Usage,
    /// US dollars spent, where known.
    pub cost_usd: Option<f64>,
}

/// A call of the last message that has no outcome.
struct Open {
    call: ToolCall,
    /// Arguments and effect, once it was begun.
    begun: Option<(Value, Effect)>,
}

/// Rebuilds a transcript. A call that was begun and never ended (the process was killed) is never
/// assumed to have worked or to have failed, and never repeated blindly.
pub fn replay(entries: impl IntoIterator<Item = Recorded>) -> Replayed {
    let mut out = Replayed::default();
    let mut open: Vec<Open> = Vec::new();
    for entry in entries {
        match entry.event {
            Event::TurnStarted { turn, input, .. } => {
                out.give_up(&mut open);
                out.turns = turn;
                out.items.push(Item::User { text: input });
            }
            Event::Message { text, calls, extra } => {
                out.give_up(&mut open);
                open = calls.iter().cloned().map(|call| Open { call, begun: None }).collect();
                out.items.push(Item::Assistant { text, calls, extra });
            }
            Event::ToolStarted { call_id, name, arguments, effect, .. } => {
                // Made again with a person's consent, hence in doubt only if it is cut off again.
                out.doubts.clear(&name, &arguments);
                if let Some(open) = open.iter_mut().find(|open| open.call.id == call_id) {
                    open.begun = Some((arguments, effect));
                }
            }
            Event::ToolFinished { call_id, name, status, text, json, provenance, .. } => {
                let at = open.iter().position(|open| open.call.id == call_id);
                if let Some((arguments, effect)) = at.and_then(|at| open.remove(at).begun)
                    && status == ToolStatus::Unknown
                    && changes(effect)
                {
                    out.doubts.add(&name, &arguments);
                }
                out.tainted |= provenance.is_some();
                out.items.push(Item::Tool(ToolReply {
                    call_id,
                    name,
                    ok: status == ToolStatus::Ok,
                    text,
                    json,
                    provenance,
                }));
            }
            Event::Tainted { .. } => out.tainted = true,
            Event::Usage { total, cost_usd, .. } => {
                out.total = total;
                out.cost_usd = cost_usd;
            }
            Event::TurnFinished { .. } => out.give_up(&mut open),
            Event::Text { .. }
            | Event::Reasoning { .. }
            | Event::ToolProgress { .. }
            | Event::Approval { .. }
            | Event::Finding { .. }
            | Event::Notice { .. } => {}
        }
    }
    for Open { call, begun } in open {
        match begun {
            Some((arguments, effect)) => {
                out.interrupted.push(Interrupted { call_id: call.id, name: call.name, arguments, effect });
            }
            None => out.reply(call, NOT_RUN),
        }
    }
    out
}

const NOT_RUN: &str = "not run: the process ended before this call began";
const UNKNOWN: &str = "the process ended while this call ran: its outcome is unknown; look before you repeat it";

impl Replayed {
    /// Answers calls that the session went on without.
    fn give_up(&mut self, open: &mut Vec<Open>) {
        for Open { call, begun } in open.drain(..) {
            let text = if begun.is_some() { UNKNOWN } else { NOT_RUN };
            if let Some((arguments, effect)) = begun
                && changes(effect)
            {
                self.doubts.add(&call.name, &arguments);
            }
            self.reply(call, text);
        }
    }

    fn reply(&mut self, call: ToolCall, text: &str) {
        self.items.push(Item::Tool(ToolReply {
            call_id: call.id,
            name: call.name,
            ok: false,
            text: text.to_owned(),
            json: Value::Null,
            provenance: None,
        }));
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
