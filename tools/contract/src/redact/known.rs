//! A value that is known to be secret, in one of the forms in which it may be written.

use secrecy::{ExposeSecret, SecretString};

use super::REDACTED;

/// Shorter values would redact ordinary words.
const SHORTEST: usize = 4;
/// Up to this length a value counts only where it stands alone, not inside a longer word.
const ALONE: usize = 12;
/// Passwords that protect nothing and are words of the trade: redacting them would make text about
/// databases unreadable. In URLs and settings the shapes still find them.
const WORDS: &[&str] = &[
    "admin",
    "administrator",
    "app",
    "changeme",
    "database",
    "default",
    "demo",
    "development",
    "example",
    "guest",
    "local",
    "localhost",
    "mysecretpassword",
    "none",
    "null",
    "pass",
    "passwd",
    "password",
    "postgres",
    "postgresql",
    "production",
    "public",
    "redis",
    "root",
    "secret",
    "staging",
    "test",
    "testing",
    "true",
    "user",
    "username",
];

/// One form.
#[derive(Clone)]
pub(super) struct Known {
    value: SecretString,
    alone: bool,
}

impl Known {
    /// The forms of `secret` that are worth looking for.
    pub(super) fn forms(secret: &str) -> Vec<Self> {
        let too_short = secret.len() < SHORTEST;
        if too_short || WORDS.iter().any(|word| secret.eq_ignore_ascii_case(word)) {
            return Vec::new();
        }
        let json = serde_json::Value::from(secret).to_string();
        let json = json.trim_matches('"').to_owned();
        let mut forms = vec![secret.to_owned(), percent_encoded(secret, true), percent_encoded(secret, false), json];
        // A short value in base64 is too short to be told from chance.
        if secret.len() >= 8 {
            for alphabet in [STANDARD, URL_SAFE] {
                let encoded = base64(secret.as_bytes(), alphabet);
                forms.push(encoded.trim_end_matches('=').to_owned());
            }
        }
        forms.sort();
        forms.dedup();
        forms.into_iter().map(|form| Self { alone: form.len() < ALONE, value: SecretString::from(form) }).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.value.expose_secret().len()
    }

    /// `text` with the value replaced, if it holds it.
    pub(super) fn replaced(&self, text: &str) -> Option<String> {
        let value = self.value.expose_secret();
        if !text.contains(value) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before: Option<char> = None;
        let mut found = false;
        while let Some((head, tail)) = rest.split_once(value) {
            out.push_str(head);
            before = head.chars().next_back().or(before);
            let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            if self.alone && (inside(before) || inside(tail.chars().next())) {
                out.push_str(value);
            } else {
                out.push_str(REDACTED);
                found = true;
            }
            before = value.chars().next_back();
            rest = tail;
        }
        out.push_str(rest);
        found.then_some(out)
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }
}

fn percent_encoded(text: &str, upper: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other if upper => format!("%{other:02X}"),
            other => format!("%{other:02x}"),
        })
        .collect()
}

const STANDARD: (char, char) = ('+', '/');
const URL_SAFE: (char, char) = ('-', '_');

/// Base64 with the given last two letters of the alphabet.
fn base64(bytes: &[u8], (plus, slash): (char, char)) -> String {
    let letter = |six: u32| match six & 63 {
        value @ 0..=25 => char::from(b'A' + u8::try_from(value).unwrap_or(0)),
        value @ 26..=51 => char::from(b'a' + u8::try_from(value - 26).unwrap_or(0)),
        value @ 52..=61 => char::from(b'0' + u8::try_from(value - 52).unwrap_or(0)),
        62 => plus,
        _ => slash,
    };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        out.extend((0..=chunk.len()).map(|at| letter(group >> (18 - 6 * at))));
        out.extend((chunk.len()..3).map(|_| '='));
    }
    out
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
