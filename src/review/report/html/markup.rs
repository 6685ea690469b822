//! Text as HTML.

use super::super::words::is_hidden;

/// `text` so that it means itself in an element and in a quoted attribute. Controls and marks that
/// turn the direction of writing are left out, except line breaks and tabs.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(letter),
            letter if is_hidden(letter) => {}
            letter => out.push(letter),
        }
    }
    out
}

/// `text` as a name for `id` and links: letters, digits and hyphens only.
pub(super) fn anchor(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' }).collect()
}

/// A code element.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Prose in which pairs of backticks mark code.
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    parts.iter().enumerate().map(|(at, part)| if at.is_multiple_of(2) { escape(part) } else { code(part) }).collect()
}

/// Words that wrap at the joints of long names, where a browser would not.
pub(super) fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let escaped = escape(text);
    for letter in escaped.chars() {
        out.push(letter);
        if matches!(letter, '_' | '.' | '/' | ':') {
            out.push_str("<wbr>");
        }
    }
    out
}

#[cfg(test)]
#[path = "markup_tests.rs"]
mod tests;
