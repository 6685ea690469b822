//! Text that fits a terminal and cannot steer it.

use std::{borrow::Cow, io::IsTerminal};

/// Columns of prose where no terminal says otherwise.
const PROSE: usize = 80;
/// Columns of drawings in a pipe, where nothing wraps them.
const PIPE: usize = 160;

/// Columns for prose on standard output.
pub(super) fn prose_width() -> usize {
    columns().map_or(PROSE, |columns| columns.clamp(40, 100))
}

/// Columns for drawings on standard output.
pub(super) fn drawing_width() -> usize {
    columns().unwrap_or(PIPE)
}

fn columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) =
        terminal_size::terminal_size_of(std::io::stdout()).filter(|_| std::io::stdout().is_terminal())?;
    Some(usize::from(columns))
}

/// Colours that we set ourselves.
const COLOURS: &[&str] = &["[0m", "[1m", "[2m", "[31m", "[32m", "[33m", "[36m", "[1;31m"];

/// `text` with its colours and no other control: everything else that could move a cursor, hide a
/// word or rename a window is written out.
pub(super) fn tame(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return dbwright_contract::visible(text);
    }
    let mut pieces = text.split('\u{1b}');
    let mut out = dbwright_contract::visible(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        match COLOURS.iter().find(|colour| piece.starts_with(**colour)) {
            Some(colour) => {
                out.push('\u{1b}');
                out.push_str(colour);
                out.push_str(&dbwright_contract::visible(piece.get(colour.len()..).unwrap_or_default()));
            }
            None => {
                out.push_str("\\x1b");
                out.push_str(&dbwright_contract::visible(piece));
            }
        }
    }
    Cow::Owned(out)
}

/// `text` on one line without control characters: what came from a database or a file can
/// neither move the cursor nor end the line.
pub(super) fn plain(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `text` without control characters other than its line ends.
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || !is_hidden(*letter)).collect()
}

/// Controls, and the marks that turn the direction of writing: a name could display as another.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Breaks prose at spaces; the first line begins with `label`, the others below its text.
pub(super) fn paragraph(label: &str, text: &str, width: usize) -> String {
    let indent = " ".repeat(label.chars().count());
    let room = width.saturating_sub(indent.len()).max(20);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    format!("{label}{}", lines.join(&format!("\n{indent}")))
}

/// Rows with aligned columns; the last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
