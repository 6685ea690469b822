//! SQL in the middle of words.
//!
//! People write "why is this slow: select …" and paste half a script. What parses is SQL, what
//! does not is words; a text that can only have been meant as a statement is reported as broken.

use std::sync::LazyLock;

use dbwright_sql::{StatementKind, classify, relations, split};
use regex::Regex;

use super::input::pattern;

/// What a text held.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Found {
    /// Statements that read or change rows.
    pub(super) statements: Vec<String>,
    /// A script that changes the catalog, whole.
    pub(super) change: Option<String>,
    /// One stood behind EXPLAIN.
    pub(super) explained: bool,
    /// That EXPLAIN asked for execution.
    pub(super) analyze: bool,
    /// Where the SQL starts.
    pub(super) start: Option<usize>,
    /// Words behind the SQL.
    pub(super) rest: String,
    /// A text that must have been meant as SQL, and the parser's words.
    pub(super) broken: Option<(String, String)>,
}

static START: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:select|with|insert\s+into|update|delete\s+from|merge\s+into|values|explain|alter|create|drop|truncate|comment\s+on|grant|revoke|reindex|refresh|lock\s+table|vacuum|cluster|set|begin)\b",
    )
});
static EXPLAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?is)\A\s*explain\s*(\([^)]*\)|(?:(?:analyze|analyse|verbose)\s+)*)\s*"));
/// A statement that was meant as one: nobody writes this in a sentence.
static MEANT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?is)\A(?:select\b.*\bfrom\b|insert\s+into\b.*\b(?:values|select)\b|update\b.*\bset\b.*=|delete\s+from\b.*\bwhere\b|with\b.*\bas\s*\(|(?:create|alter|drop)\s+(?:table|index|unique|view|type|schema|sequence|policy|materialized)\b.*;)",
    )
});

/// Finds the statements of a text. In a code block everything is code; elsewhere SQL may start
/// after words, but counts only if it reads or changes rows of a relation, or stands where a
/// statement begins and changes the catalog.
pub(super) fn find_statements(text: &str, is_code: bool) -> Found {
    if is_code && let Some(found) = script(text) {
        return Found { start: Some(0), ..found };
    }
    for start in START.find_iter(text).map(|found| found.start()) {
        let Some((before, tail)) = text.split_at_checked(start) else { continue };
        let free = is_code || stands_alone(before, tail);
        for (sql, rest) in endings(tail, before.ends_with('`')) {
            let Some(found) = script(sql) else { continue };
            let reads = found.statements.iter().any(|sql| relations(sql).is_ok_and(|names| !names.is_empty()));
            // "select one" is a sentence, even at the beginning of a text; a call in it is none.
            let calls = found.statements.iter().any(|sql| sql.contains('('));
            if is_code || reads || (free && (found.change.is_some() || calls)) {
                return Found { start: Some(start), rest: rest.to_owned(), ..found };
            }
        }
    }
    Found { broken: broken(text), ..Found::default() }
}

/// Whether a keyword here begins a statement: at a beginning, behind a colon or quote, or in
/// capitals as nobody writes words.
fn stands_alone(before: &str, tail: &str) -> bool {
    let keyword: String = tail.chars().take_while(char::is_ascii_alphabetic).collect();
    let before = before.trim_end_matches([' ', '\t']);
    before.is_empty()
        || before.ends_with([':', '\n', '`', ';', '"'])
        || (keyword.len() > 3 && keyword.chars().all(|c| c.is_ascii_uppercase()))
}

/// Where a statement may end: at its closing backtick, at the end, before a closing mark, at its
/// semicolon, at a blank line.
fn endings(tail: &str, quoted: bool) -> Vec<(&str, &str)> {
    let whole = tail.trim_end();
    let bare = whole.trim_end_matches(['?', '.', '!', '`', '"', ' ']);
    let mut ends: Vec<usize> = whole.find('`').filter(|_| quoted).into_iter().collect();
    ends.extend([whole.len(), bare.len()]);
    ends.extend(whole.rfind(';').map(|at| at + 1));
    ends.extend(whole.find("\n\n"));
    ends.into_iter().filter(|end| *end > 0).filter_map(|end| whole.split_at_checked(end)).collect()
}

/// The statements of a script that parses as a whole.
fn script(text: &str) -> Option<Found> {
    let mut found = Found::default();
    for statement in split(text).ok()? {
        let mut sql = statement.text.trim().trim_end_matches(';').trim();
        if sql.is_empty() {
            continue;
        }
        if let Some(explain) = EXPLAIN.captures(sql) {
            let options = explain.get(1).map_or("", |options| options.as_str()).to_lowercase();
            found.explained = true;
            found.analyze |= options.contains("analy");
            sql = sql.get(explain.get(0)?.end()..).unwrap_or_default();
        }
        match classify(sql).ok()?.kind {
            StatementKind::Select
            | StatementKind::Insert
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::Merge => found.statements.push(sql.to_owned()),
            // Settings and BEGIN alone are no change to judge; inside a script they matter.
            StatementKind::Explain | StatementKind::Show | StatementKind::Set | StatementKind::Transaction => {}
            StatementKind::Ddl
            | StatementKind::Privileges
            | StatementKind::Copy
            | StatementKind::Maintenance
            | StatementKind::Code
            | StatementKind::Utility => found.change = Some(text.trim().to_owned()),
        }
    }
    (!found.statements.is_empty() || found.change.is_some()).then_some(found)
}

fn broken(text: &str) -> Option<(String, String)> {
    START.find_iter(text).find_map(|start| {
        let tail = text.get(start.start()..)?.trim();
        if !MEANT.is_match(tail) {
            return None;
        }
        let error = split(tail).err().or_else(|| classify(tail).err())?;
        Some((tail.to_owned(), error.to_string()))
    })
}
