//! Whole lines of text out of network reads.
//!
//! The event parser below async-openai reads an unfinished line again from its start with every
//! read, and it panics at a byte order mark. It gets neither.

use super::utf8::LossyUtf8;

/// Longest line: an event is one line.
const LINE_BYTES: usize = 8 << 20;

/// Collects reads into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    utf8: LossyUtf8,
    unfinished: String,
    begun: bool,
}

impl Lines {
    /// The lines that `bytes` complete, possibly none. `None` when a line has no end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<String> {
        let text = self.utf8.push(bytes);
        let mut text = text.as_str();
        if !self.begun && !text.is_empty() {
            self.begun = true;
            text = text.trim_start_matches('\u{feff}');
        }
        let Some((whole, rest)) = text.rfind(['\n', '\r']).and_then(|end| text.split_at_checked(end + 1)) else {
            self.unfinished.push_str(text);
            return (self.unfinished.len() <= LINE_BYTES).then(String::new);
        };
        let mut lines = std::mem::replace(&mut self.unfinished, rest.to_owned());
        lines.push_str(whole);
        Some(lines)
    }

    /// What was left without an end of line.
    pub(super) fn finish(&mut self) -> String {
        let tail = self.utf8.finish();
        std::mem::take(&mut self.unfinished) + &tail
    }

    /// Characters that were not UTF-8.
    pub(super) const fn replaced(&self) -> u64 {
        self.utf8.replaced()
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
