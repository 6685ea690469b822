//! A question taken apart: words, statements, a plan, a script, paths.

use std::sync::LazyLock;

use regex::Regex;

use super::statements::{Found, find_statements};

/// What a question holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Input<'a> {
    /// The whole text.
    pub(super) text: &'a str,
    /// `/name` and the rest.
    pub(super) slash: Option<(&'a str, &'a str)>,
    /// What is neither code nor statement, in lower case.
    pub(super) prose: String,
    /// Statements that read or change rows.
    pub(super) statements: Vec<String>,
    /// A script that changes the catalog, whole.
    pub(super) change: Option<String>,
    /// The statement stood behind EXPLAIN.
    pub(super) explained: bool,
    /// Execution was asked for.
    pub(super) analyze: bool,
    /// A pasted plan.
    pub(super) plan: Option<String>,
    /// A Redis script.
    pub(super) script: Option<String>,
    /// Paths of files or folders.
    pub(super) paths: Vec<String>,
    /// Something that looks like a statement and does not parse, with the parser's words.
    pub(super) broken: Option<(String, String)>,
}

/// A constant pattern. The tests of this module's users compile every one of them.
#[expect(clippy::unwrap_used, reason = "the pattern is a constant, and the tests compile them all")]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static FENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)```[ \t]*([A-Za-z]*)[^\n]*\n(.*?)(?:```|\z)"));
static SLASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)\A\s*/([A-Za-z]+)\b[ \t]*(.*)\z"));
static PLAN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\(cost=\d+\.\d+\.\.\d|\(actual (?:time=|rows=)\d|"Plan"\s*:\s*\{|"Node Type"\s*:"#));
static SCRIPT: LazyLock<Regex> = LazyLock::new(|| pattern(r"redis\.p?call\s*\("));
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:\.{0,2}/)?(?:[\w.\-]+/)+[\w.\-]*|[\w.\-]+\.(?:sql|lua|rb|py|go|js|ts|java|php|rs|xml)\b")
});
static BARE_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\A\s*(?:#|no\.?|number|finding|option)?\s*(\d{1,3})[.)!]?\s*\z"));

impl<'a> Input<'a> {
    /// Takes `text` apart.
    pub(super) fn read(text: &'a str) -> Self {
        let mut input = Self { text, ..Self::default() };
        if let Some(found) = SLASH.captures(text) {
            let part = |n: usize| found.get(n).map_or("", |part| part.as_str());
            input.slash = Some((part(1), part(2)));
        }
        let body = input.slash.map_or(text, |(_, rest)| rest);
        let mut prose = String::new();
        let mut end = 0;
        for fence in FENCE.captures_iter(body) {
            let (Some(whole), Some(code)) = (fence.get(0), fence.get(2)) else { continue };
            prose.push_str(body.get(end..whole.start()).unwrap_or_default());
            prose.push('\n');
            end = whole.end();
            input.take_code(code.as_str());
        }
        prose.push_str(body.get(end..).unwrap_or_default());
        input.take_prose(&prose);
        input
    }

    /// A bare number, as the answer to a list.
    pub(super) fn number(&self) -> Option<usize> {
        BARE_NUMBER.captures(&self.text.to_lowercase())?.get(1)?.as_str().parse().ok()
    }

    /// Whether the question is made of code alone.
    pub(super) fn has_code(&self) -> bool {
        self.plan.is_some() || self.script.is_some() || !self.statements.is_empty() || self.change.is_some()
    }

    fn take_code(&mut self, code: &str) {
        if PLAN.is_match(code) {
            self.plan.get_or_insert_with(|| code.trim_end().to_owned());
        } else if SCRIPT.is_match(code) {
            self.script.get_or_insert_with(|| code.trim_end().to_owned());
        } else {
            self.take_statements(find_statements(code, true));
        }
    }

    fn take_prose(&mut self, prose: &str) {
        if self.plan.is_none() && PLAN.is_match(prose) {
            self.plan = Some(prose.trim().to_owned());
            return;
        }
        if self.script.is_none() && SCRIPT.is_match(prose) {
            self.script = Some(prose.trim().to_owned());
            return;
        }
        let found = find_statements(prose, false);
        let words = found.start.map_or(prose, |start| prose.get(..start).unwrap_or_default());
        let words = format!("{words} {}", found.rest);
        self.paths = PATH.find_iter(&words).map(|path| path.as_str().trim_end_matches('.').to_owned()).collect();
        self.prose = words.to_lowercase();
        self.take_statements(found);
        self.analyze |= self.prose.contains("analyze") || self.prose.contains("execute");
    }

    fn take_statements(&mut self, found: Found) {
        self.statements.extend(found.statements);
        self.change = self.change.take().or(found.change);
        self.explained |= found.explained;
        self.analyze |= found.analyze;
        if self.broken.is_none() {
            self.broken = found.broken;
        }
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
