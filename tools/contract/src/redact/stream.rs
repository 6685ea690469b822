//! Text that arrives in pieces: a secret that is cut in two is still one.

use super::Redactor;

/// Bytes that are held back at least, where no line end says that a thought is over.
const LAG: usize = 64;
/// Held at most while a private key is open: a longer one is none.
const LONGEST_KEY: usize = 16 * 1024;

/// Lets text through once no secret can begin in it and end in what is still to come.
#[derive(Debug, Default)]
pub struct StreamRedactor {
    held: String,
}

impl StreamRedactor {
    /// Takes a piece; returns what may be shown by now, clean.
    pub fn push(&mut self, redactor: &Redactor, piece: &str) -> String {
        self.held.push_str(piece);
        let Some(at) = self.cut(redactor) else { return String::new() };
        let rest = self.held.split_off(at);
        let head = std::mem::replace(&mut self.held, rest);
        redactor.redact(&head).into_owned()
    }

    /// The end: everything that is left, clean.
    pub fn finish(&mut self, redactor: &Redactor) -> String {
        redactor.redact(&std::mem::take(&mut self.held)).into_owned()
    }

    /// The last place where cutting hides nothing: behind white space, far enough from the end,
    /// and where both sides alone are cleaned as they are together.
    fn cut(&self, redactor: &Redactor) -> Option<usize> {
        let lag = LAG.max(redactor.longest());
        let mut limit = self.held.len().saturating_sub(lag);
        if let Some(key) = self.held.find("-----BEGIN ")
            && !self.held.get(key..).is_some_and(|rest| rest.contains("-----END "))
            && self.held.len() - key < LONGEST_KEY
        {
            limit = limit.min(key);
        }
        let limit = self.held.floor_char_boundary(limit);
        let whole = redactor.redact(&self.held);
        let places = self.held.get(..limit)?.char_indices().rev().filter(|(_, letter)| letter.is_whitespace());
        for (at, letter) in places.take(8) {
            let (head, tail) = self.held.split_at_checked(at + letter.len_utf8())?;
            if redactor.redact(head).len() + redactor.redact(tail).len() == whole.len() {
                return Some(head.len());
            }
        }
        None
    }
}
