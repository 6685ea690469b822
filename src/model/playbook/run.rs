//! A procedure run again over the transcript.
//!
//! A play asks for calls in program order. A call that the transcript has answered returns its
//! result at once; the first ones that it has not answered end the run with [`Pending`], which `?`
//! carries out of the play, and become the next step. Each call's id names turn, play, step and
//! number, so that answers are found without any state.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::{Item, Request, ToolCall, ToolReply};

/// What the playbook does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// It needs these results first.
    Calls(Vec<ToolCall>),
    /// It is done.
    Answer(String),
}

/// The play waits for calls that it has registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pending;

/// A call that a play wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
}

impl Wanted {
    pub(super) fn new(tool: &'static str, arguments: Value) -> Self {
        Self { tool, arguments }
    }
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    /// The call's id: what a learning cites as its evidence.
    pub(super) call_id: String,
    /// The name that people see: `explain#3`, counted over the session.
    pub(super) source: String,
    /// The result; `Err` says why there is none.
    pub(super) result: Result<Value, String>,
}

impl Answered {
    /// The field at a JSON pointer; `None` where the call failed or has no such field.
    pub(super) fn field(&self, pointer: &str) -> Option<&Value> {
        self.result.as_ref().ok()?.pointer(pointer).filter(|value| !value.is_null())
    }

    /// The list at a JSON pointer; empty where there is none.
    pub(super) fn list(&self, pointer: &str) -> &[Value] {
        self.field(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Text at a JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.field(pointer)?.as_str()
    }

    /// A number at a JSON pointer.
    pub(super) fn number(&self, pointer: &str) -> Option<f64> {
        self.field(pointer)?.as_f64()
    }
}

/// One run of a play over one transcript.
pub(super) struct Run<'a> {
    /// The question of this turn.
    pub(super) input: &'a str,
    /// Turns before this one: question and answer.
    pub(super) earlier: Vec<(&'a str, &'a str)>,
    request: &'a Request,
    turn: usize,
    answered: HashMap<&'a str, (&'a ToolReply, usize)>,
    wanted: Vec<ToolCall>,
    /// What could not be done, in sentences for the answer.
    pub(super) gaps: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        let mut earlier: Vec<(&str, &str)> = Vec::new();
        let mut input = "";
        let mut turn = 0;
        let mut answer = "";
        let mut answered = HashMap::new();
        let mut count: HashMap<&str, usize> = HashMap::new();
        for item in &request.items {
            match item {
                Item::User { text } => {
                    if turn > 0 {
                        earlier.push((input, answer));
                    }
                    turn += 1;
                    input = text;
                    answer = "";
                }
                Item::Assistant { text, .. } => answer = text,
                Item::Tool(reply) => {
                    let n = count.entry(&reply.name).or_insert(0);
                    *n += usize::from(reply.ok);
                    answered.insert(reply.call_id.as_str(), (reply, *n));
                }
            }
        }
        Self { input, earlier, request, turn, answered, wanted: Vec::new(), gaps: Vec::new() }
    }

    /// Whether a tool is on offer.
    pub(super) fn offers(&self, tool: &str) -> bool {
        self.request.tools.iter().any(|spec| spec.name == tool)
    }

    /// One call. `step` names it within the play: the same step with other arguments needs
    /// another name or a number in it.
    pub(super) fn call(&mut self, step: &str, tool: &'static str, arguments: Value) -> Result<Answered, Pending> {
        self.all(step, vec![Wanted::new(tool, arguments)])?.pop().ok_or(Pending)
    }

    /// Several calls that do not depend on each other: observing ones run in parallel. A tool that
    /// is not on offer is a gap, not a failure.
    pub(super) fn all(&mut self, step: &str, wanted: Vec<Wanted>) -> Result<Vec<Answered>, Pending> {
        let mut out = Vec::with_capacity(wanted.len());
        for (n, Wanted { tool, arguments }) in wanted.into_iter().enumerate() {
            let id = format!("pb1.{}.{step}.{n}", self.turn);
            if let Some((reply, count)) = self.answered.get(id.as_str()).copied() {
                let result = if reply.ok { Ok(reply.json.clone()) } else { Err(reply.text.clone()) };
                if !reply.ok {
                    self.gap(format!("{tool}: {}", reply.text.lines().next().unwrap_or_default()));
                }
                out.push(Answered { call_id: id, source: format!("{tool}#{count}"), result });
            } else if self.offers(tool) {
                self.wanted.push(ToolCall { id, name: tool.to_owned(), arguments: arguments.to_string(), extra: Value::Null });
            } else {
                self.gap(format!("{tool} is not available here"));
                let result = Err(format!("{tool} is not available here"));
                out.push(Answered { call_id: id, source: tool.to_owned(), result });
            }
        }
        if self.wanted.is_empty() { Ok(out) } else { Err(Pending) }
    }

    /// States once what could not be done.
    pub(super) fn gap(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.gaps.contains(&sentence) {
            self.gaps.push(sentence);
        }
    }

    /// The step that a play's end amounts to.
    pub(super) fn finish(&mut self, played: Result<String, Pending>) -> Step {
        match played {
            Ok(answer) => Step::Answer(answer),
            Err(Pending) => Step::Calls(std::mem::take(&mut self.wanted)),
        }
    }
}
