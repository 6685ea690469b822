//! A procedure run again over the transcript.
//!
//! A play asks for calls in program order. A call that the transcript has answered returns its
//! result at once; the first ones that it has not answered end the run with [`Pending`], which `?`
//! carries out of the play, and become the next step. Each call's id names turn, play, step and
//! number, so that answers are found without any state.

use std::collections::HashMap;

use serde_json::Value;

use super::{input::Input, view::View};
use crate::model::{Item, Request, ToolCall, ToolReply};

/// Tools that ask the database.
const DATABASE: &[&str] = &["check_health", "workload", "explain", "describe", "advise_indexes", "tune_statement"];
/// How a tool begins to say that its server is not there.
const UNREACHABLE: &str = "unreachable: ";

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
    pub(super) const fn new(tool: &'static str, arguments: Value) -> Self {
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

/// A reply of the transcript.
struct Reply<'a> {
    reply: &'a ToolReply,
    /// Which result of its tool this is, from 1; failures do not count.
    count: usize,
    /// Position in the transcript.
    at: usize,
}

/// One run of a play over one transcript.
pub(super) struct Run<'a> {
    /// Questions so far with their position in the transcript, oldest first; never empty.
    questions: Vec<(usize, &'a str)>,
    request: &'a Request,
    /// The question that is worked on, from 1. A follow-up works on an earlier one.
    turn: usize,
    /// What of the play's result is asked for.
    pub(super) view: View,
    /// Failed calls before this position are asked for again.
    retry_before: usize,
    answered: HashMap<&'a str, Reply<'a>>,
    wanted: Vec<ToolCall>,
    /// What could not be done, in sentences for the answer.
    pub(super) gaps: Vec<String>,
    /// Whether a tool of the database gave a result.
    reached: bool,
    /// Why the database cannot be reached, in a tool's words.
    unreachable: Option<String>,
}

impl<'a> Run<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        let mut questions = Vec::new();
        let mut answered = HashMap::new();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (at, item) in request.items.iter().enumerate() {
            match item {
                Item::User { text } => questions.push((at, text.as_str())),
                Item::Assistant { .. } => {}
                Item::Tool(reply) => {
                    let count = counts.entry(&reply.name).or_insert(0);
                    *count += usize::from(reply.ok);
                    answered.insert(asked_id(&reply.call_id), Reply { reply, count: *count, at });
                }
            }
        }
        if questions.is_empty() {
            questions.push((0, ""));
        }
        let turn = questions.len();
        Self {
            questions,
            request,
            turn,
            view: View::Answer,
            retry_before: 0,
            answered,
            wanted: Vec::new(),
            gaps: Vec::new(),
            reached: false,
            unreachable: None,
        }
    }

    /// The questions, oldest first.
    pub(super) fn questions(&self) -> impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator + '_ {
        self.questions.iter().map(|(_, text)| *text)
    }

    /// The question that is worked on.
    pub(super) fn question(&self) -> &'a str {
        self.questions.get(self.turn - 1).map_or("", |(_, text)| *text)
    }

    /// The question that is worked on, taken apart.
    pub(super) fn input(&self) -> Input<'a> {
        Input::read(self.question())
    }

    /// The statements that were pasted last before the question that is worked on.
    pub(super) fn earlier_statements(&self) -> Vec<String> {
        let before = self.questions.iter().take(self.turn - 1).rev();
        before.map(|(_, text)| Input::read(text).statements).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Works on an earlier question, to show another side of its result.
    pub(super) fn work_on(&mut self, turn: usize, view: View) {
        self.turn = turn.clamp(1, self.questions.len());
        self.view = view;
        if view == View::Continue {
            self.view = View::Answer;
            self.retry_before = self.questions.last().map_or(0, |(at, _)| *at);
        }
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
            let reply = self.answered.get(id.as_str()).filter(|known| known.reply.ok || known.at >= self.retry_before);
            if let Some(Reply { reply, count, .. }) = reply {
                let (call_id, count) = (reply.call_id.clone(), *count);
                let result = if reply.ok { Ok(reply.json.clone()) } else { Err(reply.text.clone()) };
                if DATABASE.contains(&tool) {
                    self.reached |= reply.ok;
                    if let Err(why) = &result
                        && let Some((_, reason)) = why.split_once(UNREACHABLE)
                    {
                        let reason = reason.lines().next().unwrap_or_default().trim().trim_end_matches('.');
                        self.unreachable.get_or_insert_with(|| reason.to_owned());
                    }
                }
                if let Err(why) = &result {
                    self.gap(format!("{tool}: {}", why.lines().next().unwrap_or_default()));
                }
                out.push(Answered { call_id, source: format!("{tool}#{count}"), result });
            } else if self.offers(tool) {
                self.wanted.push(ToolCall {
                    id,
                    name: tool.to_owned(),
                    arguments: arguments.to_string(),
                    extra: Value::Null,
                });
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

    /// Takes over what a result itself says was not looked at.
    pub(super) fn gaps_of(&mut self, answered: &Answered) {
        for gap in answered.list("/gaps").iter().filter_map(Value::as_str) {
            // Several calls of one tool say the same.
            if !self.gaps.iter().any(|known| known.starts_with(gap)) {
                self.gaps.push(format!("{gap} ({})", answered.source));
            }
        }
    }

    /// The step that a play's end amounts to.
    pub(super) fn finish(&mut self, played: Result<String, Pending>) -> Step {
        match played {
            // What follows from that is no news: "nothing could be read" comes after it.
            Ok(answer) => Step::Answer(match &self.unreachable {
                Some(reason) if !self.reached => format!("The database cannot be reached: {reason}.\n\n{answer}"),
                _ => answer,
            }),
            Err(Pending) => Step::Calls(std::mem::take(&mut self.wanted)),
        }
    }
}

/// The id as it was asked for: a call that is repeated gets `_2` appended by the session.
fn asked_id(id: &str) -> &str {
    match id.rsplit_once('_') {
        Some((asked, again)) if asked.starts_with("pb1.") && again.bytes().all(|byte| byte.is_ascii_digit()) => asked,
        _ => id,
    }
}
