//! One line of the report.

use serde::Serialize;

use crate::surface::{console::Style, terminal::plain};

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    /// As it should be.
    Ok,
    /// Something works less well, or not at all, and the rest goes on.
    Warn,
    /// Something that was asked for does not work.
    Fail,
}

/// What was tried and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    pub(super) standing: Standing,
    pub(super) topic: String,
    pub(super) text: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

impl Line {
    fn new(standing: Standing, topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self { standing, topic: topic.into(), text: text.into(), hint: None }
    }

    pub(super) fn ok(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Standing::Ok, topic, text)
    }

    pub(super) fn warn(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Standing::Warn, topic, text)
    }

    pub(super) fn fail(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Standing::Fail, topic, text)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// For a terminal.
    pub(super) fn shown(&self, style: Style) -> String {
        let word = match self.standing {
            Standing::Ok => style.green("ok  "),
            Standing::Warn => style.yellow("warn"),
            Standing::Fail => style.red("fail"),
        };
        let hint = self.hint.as_deref().map(|hint| style.cyan(&format!("\n      {}", plain(hint)))).unwrap_or_default();
        format!("{word}  {}: {}{hint}", plain(&self.topic), plain(&self.text))
    }
}
