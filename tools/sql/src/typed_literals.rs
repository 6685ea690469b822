//! Statements of `pg_stat_statements` that are no SQL any more.

use std::borrow::Cow;

use crate::{TokenKind, tokens};

/// Types that take a literal behind their name: `interval '7 days'`.
const BEFORE_LITERALS: &[&str] = &["interval", "date", "timestamp", "timestamptz", "time", "timetz", "bit"];

/// `pg_stat_statements` replaces the literal of `interval '7 days'` and leaves `interval $3`, which
/// no server takes (our parser is lenient there). Puts the placeholder before its type again: `$3::interval`. Everything else
/// stays as it is written.
pub fn restore_typed_placeholders(sql: &str) -> Cow<'_, str> {
    let code: Vec<_> = tokens(sql).filter(|token| token.is_code()).collect();
    let mut out = String::new();
    let mut copied = 0;
    for pair in code.windows(2) {
        let [name, placeholder] = pair else { continue };
        let is_type = BEFORE_LITERALS.iter().any(|word| name.is_word(word));
        if !is_type || placeholder.kind != TokenKind::Parameter {
            continue;
        }
        out.push_str(sql.get(copied..name.start).unwrap_or_default());
        out.push_str(&format!("{}::{}", placeholder.text, name.text));
        copied = placeholder.start + placeholder.text.len();
    }
    if copied == 0 {
        return Cow::Borrowed(sql);
    }
    out.push_str(sql.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
#[path = "typed_literals_tests.rs"]
mod tests;
