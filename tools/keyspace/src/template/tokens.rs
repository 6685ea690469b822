//! Cuts a key name into encoded segments.
//!
//! Segments are cut at `:`, `/`, `|` and braces; names without any of these are cut at `.`, and
//! names without that at `_` and `-`. Inside a segment the variable runs are replaced by a mark
//! and their kind, so `page-17` and `page-18` are one segment.

use super::{
    kind::{Kind, MARK},
    recognise::{colon_address_len, date_len, is_text, uuid_len, whole, word},
};

/// The segments of one name, each as `separator byte, encoded text`. Reused between names.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Segments past this depth are joined into the last one: names are data and may be hostile.
const MAX_DEPTH: usize = 24;

impl Segments {
    /// Cuts `name`.
    pub(crate) fn cut(&mut self, name: &[u8]) {
        self.bytes.clear();
        self.ends.clear();
        if !is_text(name) {
            return self.cut_binary(name);
        }
        self.cut_text(0, name);
    }

    /// The encoded segments in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..*end))
    }

    /// The bytes from the first non-text segment to the last one are one value: a separator
    /// inside raw bytes is a coincidence. Words around it stay.
    fn cut_binary(&mut self, name: &[u8]) {
        let is_raw = |part: &[u8]| !is_text(part);
        let mut head = 0;
        for (at, part) in name.split(|byte| *byte == b':').enumerate() {
            let is_short = at > 0 && part.len() < 2 && !part.iter().all(u8::is_ascii_digit);
            if is_raw(part) || part.is_empty() || is_short {
                break;
            }
            head += part.len() + 1;
        }
        let mut tail = name.len();
        while let Some(cut) = name.get(head..tail).and_then(|rest| rest.iter().rposition(|byte| *byte == b':')) {
            let part = name.get(head + cut + 1..tail).unwrap_or_default();
            let is_word = part.len() >= 3 && part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
            if is_raw(part) || !is_word {
                break;
            }
            tail = head + cut;
        }
        let text = name.get(..head.saturating_sub(1)).unwrap_or_default();
        if head > 0 {
            self.cut_text(0, text);
        }
        self.push(if head > 0 { b':' } else { 0 }, |out| mark(out, Kind::Binary));
        if let Some((_, rest)) = name.get(tail..).and_then(<[u8]>::split_first) {
            self.cut_text(b':', rest);
        }
    }

    fn cut_text(&mut self, first: u8, name: &[u8]) {
        let separators = separators_of(name);
        let mut separator = first;
        let mut at = 0;
        loop {
            let rest = name.get(at..).unwrap_or_default();
            let (len, kind) = spanning(rest).map_or_else(
                || {
                    let len = rest.iter().position(|byte| separators.contains(byte)).unwrap_or(rest.len());
                    (if self.ends.len() >= MAX_DEPTH { rest.len() } else { len }, None)
                },
                |(len, kind)| (len, Some(kind)),
            );
            let segment = rest.get(..len).unwrap_or_default();
            self.push(separator, |out| match kind {
                Some(kind) => mark(out, kind),
                None => encode(segment, out),
            });
            at += len;
            let Some(next) = name.get(at) else { return };
            separator = *next;
            at += 1;
        }
    }

    fn push(&mut self, separator: u8, fill: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.push(separator);
        fill(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }
}

fn separators_of(name: &[u8]) -> &'static [u8] {
    if name.iter().any(|byte| b":/|".contains(byte)) {
        b":/|{}"
    } else if whole(name).is_some() {
        // A bare e-mail, address, UUID or token is one value.
        b"{}"
    } else if name.contains(&b'.') {
        b".{}"
    } else {
        b"_-{}"
    }
}

/// A value at the start of `rest` that runs over separators, with its length.
fn spanning(rest: &[u8]) -> Option<(usize, Kind)> {
    let first = rest.first()?;
    if *first == b'h' && (rest.starts_with(b"http://") || rest.starts_with(b"https://")) {
        return Some((rest.len(), Kind::Url));
    }
    if first.is_ascii_digit()
        && let Some(len) = date_len(rest)
        && rest.get(len).is_none_or(|next| b":/|{}".contains(next))
    {
        return Some((len, Kind::Date));
    }
    if first.is_ascii_hexdigit()
        && let Some(len) = uuid_len(rest)
        && rest.get(len).is_none_or(|next| b":/|{}._-".contains(next))
    {
        return Some((len, Kind::Uuid));
    }
    if (first.is_ascii_hexdigit() || *first == b':')
        && let Some(len) = colon_address_len(rest)
    {
        return Some((len, Kind::Address));
    }
    None
}

fn mark(out: &mut Vec<u8>, kind: Kind) {
    out.extend([MARK, kind as u8]);
}

/// Encodes one segment: a whole value, or words and punctuation with the values among them.
fn encode(segment: &[u8], out: &mut Vec<u8>) {
    if let Some(kind) = whole(segment) {
        return mark(out, kind);
    }
    let mut rest = segment;
    while !rest.is_empty() {
        if let Some(len) = uuid_len(rest) {
            mark(out, Kind::Uuid);
            rest = rest.get(len..).unwrap_or_default();
            continue;
        }
        if let Some(len) = date_len(rest) {
            mark(out, Kind::Date);
            rest = rest.get(len..).unwrap_or_default();
            continue;
        }
        let run = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80).count();
        let (head, tail) = rest.split_at(run);
        match word(head) {
            Some(kind) => mark(out, kind),
            None => out.extend_from_slice(head),
        }
        match tail.split_first() {
            Some((punctuation, after)) => {
                out.push(*punctuation);
                rest = after;
            }
            None => rest = tail,
        }
    }
}

/// Writes an encoded segment as template text.
pub(crate) fn render(encoded: &[u8], out: &mut String) {
    let mut literal = Vec::new();
    let mut bytes = encoded.iter();
    while let Some(byte) = bytes.next() {
        if *byte != MARK {
            literal.push(*byte);
            continue;
        }
        out.push_str(&String::from_utf8_lossy(&literal));
        literal.clear();
        if let Some(kind) = bytes.next().and_then(|code| Kind::from_code(*code)) {
            out.push_str(kind.placeholder());
        }
    }
    out.push_str(&String::from_utf8_lossy(&literal));
}

/// The kind of a segment (without its separator) that is one value and nothing else.
pub(crate) fn pure_kind(encoded: &[u8]) -> Option<Kind> {
    match encoded {
        [MARK, code] => Kind::from_code(*code),
        _ => None,
    }
}
