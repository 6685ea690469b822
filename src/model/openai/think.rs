//! Reasoning that models write into their answer: `<think>…</think>` at its very beginning.

use crate::model::Delta;

const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    Start,
    /// Inside the tag that this ends.
    Inside(&'static str),
    /// Right after the tag: line breaks are dropped.
    After,
    /// In the answer. A tag that is quoted later is text.
    Answer,
}

/// Splits an answer into reasoning and text as it arrives; tags may be cut anywhere.
#[derive(Debug)]
pub(super) struct ThinkSplitter {
    state: State,
    pending: String,
}

impl Default for ThinkSplitter {
    fn default() -> Self {
        Self { state: State::Start, pending: String::new() }
    }
}

impl ThinkSplitter {
    /// What `text` adds.
    pub(super) fn push(&mut self, text: &str) -> Vec<Delta> {
        self.pending.push_str(text);
        let mut deltas = Vec::new();
        loop {
            match self.state {
                State::Start => {
                    let trimmed = self.pending.trim_start();
                    if let Some((open, close)) = TAGS.iter().find(|(open, _)| trimmed.starts_with(open)) {
                        self.pending = trimmed.get(open.len()..).unwrap_or_default().to_owned();
                        self.state = State::Inside(close);
                    } else if TAGS.iter().any(|(open, _)| open.starts_with(trimmed)) {
                        return deltas;
                    } else {
                        self.state = State::Answer;
                    }
                }
                State::Inside(close) => {
                    if let Some((reasoning, rest)) = self.pending.split_once(close) {
                        emit(&mut deltas, reasoning, Delta::Reasoning);
                        self.pending = rest.to_owned();
                        self.state = State::After;
                        continue;
                    }
                    // The end of what we have may be the beginning of the closing tag.
                    let held = (1..close.len())
                        .rev()
                        .find(|length| close.get(..*length).is_some_and(|start| self.pending.ends_with(start)))
                        .unwrap_or(0);
                    let tail = self.pending.split_off(self.pending.len() - held);
                    emit(&mut deltas, &std::mem::replace(&mut self.pending, tail), Delta::Reasoning);
                    return deltas;
                }
                State::After => {
                    self.pending = self.pending.trim_start().to_owned();
                    if self.pending.is_empty() {
                        return deltas;
                    }
                    self.state = State::Answer;
                }
                State::Answer => {
                    emit(&mut deltas, &std::mem::take(&mut self.pending), Delta::Text);
                    return deltas;
                }
            }
        }
    }

    /// What was held back when the answer ended.
    pub(super) fn finish(&mut self) -> Vec<Delta> {
        let mut deltas = Vec::new();
        let rest = std::mem::take(&mut self.pending);
        match self.state {
            State::Inside(_) => emit(&mut deltas, &rest, Delta::Reasoning),
            State::Start if rest.trim().is_empty() => {}
            State::Start | State::After | State::Answer => emit(&mut deltas, &rest, Delta::Text),
        }
        deltas
    }
}

fn emit(deltas: &mut Vec<Delta>, text: &str, delta: fn(String) -> Delta) {
    if !text.is_empty() {
        deltas.push(delta(text.to_owned()));
    }
}

#[cfg(test)]
#[path = "think_tests.rs"]
mod tests;
