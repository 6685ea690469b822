//! Secrets never leave: known values and known shapes are replaced at every sink.
//!
//! Two nets, because each has holes: a known value is found in whatever form it stands (as it is,
//! percent-encoded, escaped for JSON, in base64), a shape is found although nobody knew the value.
//! Neither is a boundary: what must not be read is a privilege that the role does not hold.

mod known;
mod names;
mod shapes;
mod stream;

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

use self::{known::Known, shapes::without_shapes};
pub use self::{names::is_secret_name, stream::StreamRedactor};

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Replaces known secrets and secret-shaped text. Cheap to clone where few secrets are known.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Vec<Known>,
}

impl Redactor {
    /// A redactor that knows shapes only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a known value (a password, a key) in every form in which it may be written. Values
    /// under four characters and the well-known default passwords (`postgres`, `password`, …) are
    /// left to the shapes: as bare words they stand for other things.
    #[must_use]
    pub fn knows(mut self, secret: SecretString) -> Self {
        for form in Known::forms(secret.expose_secret()) {
            if !self.known.contains(&form) {
                self.known.push(form);
            }
        }
        // Longest first, so that a secret that contains another is replaced whole.
        self.known.sort_by_key(|value| std::cmp::Reverse(value.len()));
        self
    }

    /// Everything that `other` knows, too.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for form in &other.known {
            if !self.known.contains(form) {
                self.known.push(form.clone());
            }
        }
        self.known.sort_by_key(|value| std::cmp::Reverse(value.len()));
        self
    }

    /// `text` without secrets; borrowed when there was none.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.without_known(text) {
            Cow::Borrowed(text) => without_shapes(text),
            Cow::Owned(text) => match without_shapes(&text) {
                Cow::Borrowed(_) => Cow::Owned(text),
                Cow::Owned(clean) => Cow::Owned(clean),
            },
        }
    }

    /// `text` without the values that are known. For opaque text that must stay exact otherwise
    /// (an endpoint's signatures), where a shape would be an accident.
    pub fn without_known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for secret in &self.known {
            if let Some(clean) = secret.replaced(&out) {
                out = Cow::Owned(clean);
            }
        }
        out
    }

    /// Redacts every string inside a JSON value: by its text, by the name of the field that it
    /// stands in, and in tables of `columns` and `rows` by the name of its column.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.redact(text) {
                    *text = clean;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(object) => {
                names::mask_columns(object);
                for (name, item) in object.iter_mut() {
                    if let Value::String(text) = item
                        && is_secret_name(name)
                        && shapes::is_value(text)
                    {
                        REDACTED.clone_into(text);
                    }
                    self.redact_json(item);
                }
            }
            _ => {}
        }
    }

    /// Bytes of the longest known value.
    fn longest(&self) -> usize {
        self.known.first().map_or(0, Known::len)
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} known)", self.known.len())
    }
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
