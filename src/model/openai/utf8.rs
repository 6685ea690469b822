//! Lossy UTF-8 across network reads: a character may be split between two of them.

/// Decodes a stream of bytes. What is not UTF-8 becomes U+FFFD and is counted.
#[derive(Debug, Default)]
pub(super) struct LossyUtf8 {
    tail: Vec<u8>,
    replaced: u64,
}

impl LossyUtf8 {
    /// The text that is complete so far; an unfinished character waits for the next read.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.tail.extend_from_slice(bytes);
        let buffer = std::mem::take(&mut self.tail);
        let mut out = String::with_capacity(buffer.len());
        let mut rest = buffer.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    out.push_str(text);
                    return out;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    out.push_str(&String::from_utf8_lossy(valid));
                    let Some(invalid) = error.error_len() else {
                        self.tail = after.to_vec();
                        return out;
                    };
                    out.push(char::REPLACEMENT_CHARACTER);
                    self.replaced += 1;
                    rest = after.get(invalid..).unwrap_or_default();
                }
            }
        }
    }

    /// Replaces what was left unfinished at the end.
    pub(super) fn finish(&mut self) -> String {
        if self.tail.is_empty() {
            return String::new();
        }
        self.tail.clear();
        self.replaced += 1;
        char::REPLACEMENT_CHARACTER.to_string()
    }

    /// Characters that were replaced.
    pub(super) const fn replaced(&self) -> u64 {
        self.replaced
    }
}

#[cfg(test)]
#[path = "utf8_tests.rs"]
mod tests;
