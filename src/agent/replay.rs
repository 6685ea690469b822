//! From a journal back to a session.

use super::event::{Event, Recorded, ToolStatus};
use crate::model::{Item, ToolCall, ToolReply, Usage};

/// What a journal says a session had come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// The transcript.
    pub items: Vec<Item>,
    /// Turns begun.
    pub turns: u32,
    /// Tokens spent.
    pub total: Usage,
    /// US dollars spent, where known.
    pub cost_usd: Option<f64>,
}

/// Rebuilds a transcript. A call that was begun and never ended (the process was killed) gets a
/// reply that says so: its outcome is unknown, and is never assumed or blindly repeated.
pub fn replay(entries: impl IntoIterator<Item = Recorded>) -> Replayed {
    let mut out = Replayed::default();
    let mut open: Vec<(ToolCall, bool)> = Vec::new();
    for entry in entries {
        match entry.event {
            Event::TurnStarted { turn, input, .. } => {
                settle(&mut out.items, &mut open);
                out.turns = turn;
                out.items.push(Item::User { text: input });
            }
            Event::Message { text, calls, extra } => {
                settle(&mut out.items, &mut open);
                open = calls.iter().cloned().map(|call| (call, false)).collect();
                out.items.push(Item::Assistant { text, calls, extra });
            }
            Event::ToolStarted { call_id, .. } => {
                for (call, started) in &mut open {
                    *started |= call.id == call_id;
                }
            }
            Event::ToolFinished { call_id, name, status, text, json, .. } => {
                open.retain(|(call, _)| call.id != call_id);
                out.items.push(Item::Tool(ToolReply { call_id, name, ok: status == ToolStatus::Ok, text, json }));
            }
            Event::Usage { total, cost_usd, .. } => {
                out.total = total;
                out.cost_usd = cost_usd;
            }
            Event::TurnFinished { .. } => settle(&mut out.items, &mut open),
            Event::Text { .. }
            | Event::Reasoning { .. }
            | Event::ToolProgress { .. }
            | Event::Approval { .. }
            | Event::Finding { .. }
            | Event::Notice { .. } => {}
        }
    }
    settle(&mut out.items, &mut open);
    out
}

fn settle(items: &mut Vec<Item>, open: &mut Vec<(ToolCall, bool)>) {
    for (call, started) in open.drain(..) {
        let text = if started {
            "the process ended while this call ran: its outcome is unknown; look before you repeat it"
        } else {
            "not run: the process ended before this call began"
        };
        items.push(Item::Tool(ToolReply {
            call_id: call.id,
            name: call.name,
            ok: false,
            text: text.to_owned(),
            json: serde_json::Value::Null,
        }));
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
