//! Statements without the data in them.

use crate::{TokenKind, tokens};

/// The statement with every literal replaced by `?` and every comment dropped, so that it can
/// be logged or sent away. Works on any text, valid or not: what follows an open quote is
/// treated as data. Names stay as they are.
pub fn redact_literals(sql: &str) -> String {
    let mut redacted = String::with_capacity(sql.len());
    for token in tokens(sql) {
        match token.kind {
            TokenKind::Text | TokenKind::Number => redacted.push('?'),
            TokenKind::Comment => redacted.push(' '),
            TokenKind::QuotedIdent if !token.closed => redacted.push('?'),
            _ => redacted.push_str(token.text),
        }
    }
    redacted
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
