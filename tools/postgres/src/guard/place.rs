//! Where in a text an error stands, drawn as psql does.

/// Characters of the line shown on either side of the place.
const AROUND: usize = 60;

/// A place in a text, with the line that it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// The line, and below it a caret.
    pub(super) drawing: String,
    /// The dotted name that starts here, if one does: `["o", "total"]`.
    pub(super) name: Vec<String>,
    /// Whether nothing but space stands before.
    pub(super) at_start: bool,
}

/// The place of character `position` (from 1) of `text`.
pub(super) fn locate(text: &str, position: usize) -> Option<Place> {
    let before: String = text.chars().take(position.checked_sub(1)?).collect();
    let rest = text.get(before.len()..)?;
    let line = before.matches('\n').count() + 1;
    let head = before.rsplit('\n').next().unwrap_or_default();
    let tail = rest.split('\n').next().unwrap_or_default();
    let column = head.chars().count() + 1;
    let skipped = (column - 1).saturating_sub(AROUND);
    let shown: String = head.chars().skip(skipped).chain(tail.chars().take(AROUND)).map(plain).collect();
    let left = if skipped > 0 { "…" } else { "" };
    let right = if tail.chars().count() > AROUND { "…" } else { "" };
    let caret = " ".repeat(left.chars().count() + column - 1 - skipped);
    Some(Place {
        line,
        column,
        drawing: format!("  {left}{}{right}\n  {caret}^", shown.trim_end()),
        name: dotted_name(rest),
        at_start: before.trim().is_empty(),
    })
}

/// Tabs and other control characters would move the caret.
fn plain(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// The parts of the name at the start of `text`; unquoted parts in lower case, as the server folds them.
fn dotted_name(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let part = if let Some(quoted) = rest.strip_prefix('"') {
            let Some((inside, after)) = quoted.split_once('"') else { break };
            rest = after;
            inside.to_owned()
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            word.to_lowercase()
        };
        if part.is_empty() {
            break;
        }
        parts.push(part);
        let Some(after) = rest.strip_prefix('.') else { break };
        rest = after;
    }
    parts
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
