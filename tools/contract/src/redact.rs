//! Secrets never leave: known values and known shapes are replaced at every sink.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Replaces known secrets and secret-shaped text. Cheap to clone where few secrets are known.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Vec<SecretString>,
}

impl Redactor {
    /// A redactor that knows shapes only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a known value (a password, a key). Values under four characters are ignored: they
    /// would redact ordinary words.
    #[must_use]
    pub fn knows(mut self, secret: SecretString) -> Self {
        if secret.expose_secret().len() >= 4 {
            self.known.push(secret);
            // Longest first, so that a secret that contains another is replaced whole.
            self.known.sort_by_key(|value| std::cmp::Reverse(value.expose_secret().len()));
        }
        self
    }

    /// `text` without secrets; borrowed when there was none.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for secret in &self.known {
            if out.contains(secret.expose_secret()) {
                out = Cow::Owned(out.replace(secret.expose_secret(), REDACTED));
            }
        }
        for (shape, replacement) in SHAPES.iter() {
            if shape.is_match(&out) {
                out = Cow::Owned(shape.replace_all(&out, *replacement).into_owned());
            }
        }
        out
    }

    /// Redacts every string inside a JSON value, keys excepted.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                if let Cow::Owned(clean) = self.redact(text) {
                    *text = clean;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            serde_json::Value::Object(object) => object.values_mut().for_each(|item| self.redact_json(item)),
            _ => {}
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} known)", self.known.len())
    }
}

/// Shapes of secrets: URL userinfo, `password=`, `PASSWORD '…'` of role statements, JSON passwords, bearer tokens, PEM keys, JWTs
/// and the prefixes that cloud and model providers put on their keys.
static SHAPES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@", "${1}:[redacted]@"),
        (r#"(?i)("(?:[a-z_]*password|passwd|secret|api_?key|access_?token)"\s*:\s*)"(?:[^"\\]|\\.)*""#, "${1}\"[redacted]\""),
        (r#"(?i)\b(password|passwd|pwd|secret|api_?key|token)\s*=\s*('(?:[^']|'')*'|"[^"]*"|[^\s;,&'"]+)"#, "${1}=[redacted]"),
        (r"(?i)\b(password)\s+'(?:[^']|'')*'", "${1} '[redacted]'"),
        (r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}", "${1} [redacted]"),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)", "[redacted]"),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", "[redacted]"),
        (r"\b(sk-[A-Za-z0-9_-]{16,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[baprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,})", "[redacted]"),
        (r"SCRAM-SHA-256\$[^\s'\x22]+|\bmd5[0-9a-f]{32}\b", "[redacted]"),
    ]
    .into_iter()
    .filter_map(|(pattern, replacement)| Some((Regex::new(pattern).ok()?, replacement)))
    .collect()
});

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
