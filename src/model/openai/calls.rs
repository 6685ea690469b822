//! Calls of tools, put together from the pieces in which endpoints send them.
//!
//! The protocol keys pieces by `index`; endpoints leave it out, reuse it, repeat ids and names,
//! send whole calls, send two calls as one. What follows takes all of that for what it means.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{chunk::CallPiece, extra::merge};
use crate::model::ToolCall;

#[derive(Debug, Default)]
struct OpenCall {
    index: Option<i64>,
    id: String,
    name: String,
    arguments: String,
    extra: Map<String, Value>,
}

impl OpenCall {
    /// Some endpoints send an entry with nothing in it.
    fn is_blank(&self) -> bool {
        self.name.is_empty() && self.arguments.trim().is_empty()
    }
}

/// The calls of one message.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<OpenCall>,
}

impl Calls {
    /// Adds a piece to the call that it belongs to, or begins a call with it.
    pub(super) fn push(&mut self, piece: CallPiece) {
        let Some(position) = self.belongs_to(&piece) else {
            let CallPiece { index, id, name, arguments, extra, .. } = piece;
            self.open.push(OpenCall { index, id, name, arguments, extra });
            return;
        };
        let Some(call) = self.open.get_mut(position) else { return };
        if call.id.is_empty() {
            call.id = piece.id;
        }
        if call.name.is_empty() {
            call.name = piece.name;
        }
        merge(&mut call.extra, piece.extra);
        if piece.whole {
            call.arguments = piece.arguments;
        } else {
            call.arguments.push_str(&piece.arguments);
        }
    }

    fn belongs_to(&self, piece: &CallPiece) -> Option<usize> {
        let at_index = |call: &OpenCall| piece.index.is_none() || call.index == piece.index;
        let position = if piece.id.is_empty() {
            match piece.index {
                Some(_) => self.open.iter().rposition(at_index),
                None => self.open.len().checked_sub(1),
            }
        } else {
            self.open.iter().rposition(|call| at_index(call) && call.id == piece.id).or_else(|| {
                // The id of a call may arrive after its first piece.
                let last = self.open.iter().rposition(at_index)?;
                self.open.get(last).filter(|call| call.id.is_empty()).map(|_| last)
            })
        }?;
        let call = self.open.get(position)?;
        (!begins_anew(call, piece)).then_some(position)
    }

    /// Whether some call's arguments are not complete: the answer was cut inside it.
    pub(super) fn any_unfinished(&self) -> bool {
        self.open.iter().any(|call| !call.is_blank() && split_objects(&call.arguments).is_none())
    }

    /// Whether there is no call.
    pub(super) fn is_empty(&self) -> bool {
        self.open.iter().all(OpenCall::is_blank)
    }

    /// Bytes of names and arguments.
    pub(super) fn bytes(&self) -> usize {
        self.open.iter().map(|call| call.name.len() + call.arguments.len()).sum()
    }

    /// The calls, with ids that are unique within the message.
    pub(super) fn finish(self) -> Vec<ToolCall> {
        let mut known = HashSet::new();
        let mut calls = Vec::with_capacity(self.open.len());
        for call in self.open {
            if call.is_blank() {
                continue;
            }
            let extra = if call.extra.is_empty() { Value::Null } else { Value::Object(call.extra) };
            for arguments in readable(&call.arguments) {
                let base = if call.id.is_empty() { format!("call_{}", calls.len() + 1) } else { call.id.clone() };
                let mut id = base.clone();
                let mut n = 1;
                while !known.insert(id.clone()) {
                    n += 1;
                    id = format!("{base}_{n}");
                }
                calls.push(ToolCall { id, name: call.name.clone(), arguments, extra: extra.clone() });
            }
        }
        calls
    }
}

/// Whether a piece that is addressed to `call` is nevertheless another call: its name says so.
fn begins_anew(call: &OpenCall, piece: &CallPiece) -> bool {
    if piece.name.is_empty() || call.name.is_empty() {
        return false;
    }
    if piece.name != call.name {
        return true;
    }
    if !piece.id.is_empty() && piece.id == call.id {
        return false;
    }
    let complete = is_object(&call.arguments);
    if piece.arguments.is_empty() {
        // Without index and id, a name that is sent anew is all there is to tell calls apart.
        return (complete || call.arguments.is_empty()) && piece.index.is_none() && piece.id.is_empty();
    }
    complete
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

/// The arguments of each call in `text`; broken JSON is handed on as it is.
fn readable(text: &str) -> Vec<String> {
    match split_objects(text) {
        Some(objects) => objects,
        None if text.trim().is_empty() => vec!["{}".to_owned()],
        None => vec![text.to_owned()],
    }
}

/// The JSON objects that `text` consists of: usually one, two where an endpoint glued calls
/// together. `None` when it is anything else.
fn split_objects(text: &str) -> Option<Vec<String>> {
    if is_object(text) {
        return Some(vec![text.to_owned()]);
    }
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        values.push(match value.ok()? {
            // Arguments that were encoded twice.
            Value::String(inner) => serde_json::from_str(&inner).ok()?,
            Value::Null => Value::Object(Map::new()),
            other => other,
        });
    }
    if values.is_empty() || !values.iter().all(Value::is_object) {
        return None;
    }
    // `{}` before the real arguments is a placeholder, the same twice an echo.
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    if !values.iter().all(empty) {
        values.retain(|value| !empty(value));
    }
    let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    Some(distinct.iter().map(Value::to_string).collect())
}
