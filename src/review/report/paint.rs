//! Colour by the palette that every terminal has; nothing is said by colour alone.

use dbwright_finding::Severity;

/// Paints, or leaves text as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What a reader must not miss.
    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What is secondary.
    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Identifiers and statements.
    pub(super) fn cyan(self, text: &str) -> String {
        self.wrap("36", text)
    }

    /// What is good.
    pub(super) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// A severity's own colour.
    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Critical => self.wrap("1;31", text),
            Severity::High => self.wrap("31", text),
            Severity::Medium => self.wrap("33", text),
            Severity::Low => self.wrap("36", text),
            Severity::Info => self.wrap("2", text),
        }
    }
}
