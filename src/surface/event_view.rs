//! Events as lines for a person: append-only, nothing is redrawn.

use std::collections::HashMap;

use dbwright_contract::visible;

use super::console::Style;
use crate::agent::{Decision, Event, Stop, ToolStatus};

/// Turns events into text. Answer text and talk are told apart, so that a pipe gets the answer only.
#[derive(Debug)]
pub struct EventView {
    style: Style,
    summaries: HashMap<String, String>,
    /// Whether the cursor stands behind answer text on the same line.
    mid_line: bool,
}

/// What to print for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A piece of the answer: data.
    Answer(String),
    /// A line for the person: talk, without its line end.
    Talk(String),
    /// Nothing.
    Nothing,
}

impl EventView {
    /// A view in a style.
    pub fn new(style: Style) -> Self {
        Self { style, summaries: HashMap::new(), mid_line: false }
    }

    /// What to print for `event`.
    pub fn show(&mut self, event: &Event) -> Shown {
        let style = self.style;
        match event {
            Event::Text { text } => {
                self.mid_line = !text.ends_with('\n');
                // The driver quotes rows and names: they must not reach the terminal as controls.
                Shown::Answer(visible(text).into_owned())
            }
            Event::Tainted { name, source, .. } => {
                let source = if source.is_empty() { "outside" } else { source };
                Shown::Talk(style.dim(&format!(
                    "  · content from {source} ({name}) is in this session: changes are asked about from here on"
                )))
            }
            Event::ToolStarted { call_id, name, summary, .. } => {
                self.summaries.insert(call_id.clone(), format!("{}  {}", short(name, 40), short(summary, 90)));
                Shown::Nothing
            }
            Event::ToolProgress { message, .. } => Shown::Talk(style.dim(&format!("  · {}", short(message, 100)))),
            Event::ToolFinished { call_id, name, status, text, elapsed_ms, .. } => {
                let summary = self.summaries.remove(call_id).unwrap_or_else(|| short(name, 40));
                let reason = || style.dim(&format!(" {}", short(text.lines().next().unwrap_or_default(), 160)));
                let took = style.dim(&format!("{elapsed_ms} ms"));
                Shown::Talk(match status {
                    ToolStatus::Ok => format!("{} {summary}  {took}", style.green("✓")),
                    ToolStatus::Failed | ToolStatus::Unknown => format!("{} {summary}{}", style.red("✗"), reason()),
                    ToolStatus::Refused => format!("{} {summary}{}", style.yellow("refused"), reason()),
                    ToolStatus::Pending => format!("{} {summary}", style.yellow("needs approval")),
                    ToolStatus::Cancelled => format!("{} {summary}", style.yellow("cancelled")),
                })
            }
            Event::Notice { text } => Shown::Talk(style.yellow(&format!("! {}", visible(text)))),
            Event::TurnFinished { stop, .. } => match stop {
                Stop::Answered => self.end_of_line(),
                Stop::Cancelled => Shown::Talk(style.yellow("interrupted")),
                Stop::StepLimit { limit } => Shown::Talk(style.yellow(&format!("stopped after {limit} exchanges"))),
                Stop::Budget { detail } => Shown::Talk(style.yellow(&format!("budget used up: {detail}"))),
                Stop::Repetition { tool } => {
                    Shown::Talk(style.yellow(&format!("stopped: {tool} was repeated without news")))
                }
                Stop::ModelFailed { message } => Shown::Talk(style.red(&visible(message))),
            },
            Event::Approval { decision: Decision::Pending, summary, .. } => {
                Shown::Talk(style.yellow(&format!("needs approval: {}", short(summary, 100))))
            }
            Event::Message { .. } => self.end_of_line(),
            Event::TurnStarted { .. }
            | Event::Reasoning { .. }
            | Event::Approval { .. }
            | Event::Finding { .. }
            | Event::Usage { .. } => Shown::Nothing,
        }
    }

    fn end_of_line(&mut self) -> Shown {
        if std::mem::take(&mut self.mid_line) { Shown::Answer("\n".to_owned()) } else { Shown::Nothing }
    }
}

/// One line of at most `limit` characters.
fn short(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = visible(&line).into_owned();
    if line.chars().count() <= limit {
        return line;
    }
    let mut cut: String = line.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
