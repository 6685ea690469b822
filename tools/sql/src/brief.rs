//! One-line forms of a statement.

use crate::{TokenKind, tokens};

/// The statement on one line: comments dropped, white space outside quotes collapsed.
pub fn collapse_whitespace(sql: &str) -> String {
    let mut line = String::with_capacity(sql.len());
    let mut gap = false;
    for token in tokens(sql) {
        if !token.is_code() {
            gap = true;
            continue;
        }
        if gap && !line.is_empty() {
            line.push(' ');
        }
        gap = false;
        if token.kind == TokenKind::Text || token.kind == TokenKind::QuotedIdent {
            line.extend(token.text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        } else {
            line.push_str(token.text);
        }
    }
    line
}

/// At most `max` characters of the one-line form; an ellipsis marks what was cut.
pub fn brief(sql: &str, max: usize) -> String {
    let line = collapse_whitespace(sql);
    if line.chars().count() <= max {
        return line;
    }
    let mut short: String = line.chars().take(max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
#[path = "brief_tests.rs"]
mod tests;
