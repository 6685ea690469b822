//! One key, as it was read.

use serde::{Serialize, Serializer};

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the server's own words")]
pub enum KeyType {
    String,
    List,
    Set,
    Zset,
    Hash,
    Stream,
    /// A module's type, by the server's name for it.
    Other(String),
}

impl KeyType {
    /// From the reply of `TYPE`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "list" => Self::List,
            "set" => Self::Set,
            "zset" => Self::Zset,
            "hash" => Self::Hash,
            "stream" => Self::Stream,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The server's name for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::Zset => "zset",
            Self::Hash => "hash",
            Self::Stream => "stream",
            Self::Other(name) => name,
        }
    }

    /// What `length` counts for this type.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::String => "bytes",
            Self::Hash => "fields",
            Self::Stream => "entries",
            Self::List => "elements",
            Self::Set | Self::Zset | Self::Other(_) => "members",
        }
    }
}

impl Serialize for KeyType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The rest of a key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ttl {
    /// Not read, or not allowed to be read.
    #[default]
    Unknown,
    /// The key stays until it is deleted or evicted.
    Never,
    /// Milliseconds left when it was read.
    Millis(u64),
}

/// Why a key is among the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chosen {
    /// By chance: stands for others like it.
    #[default]
    Random,
    /// For its size: stands for itself only.
    Size,
}

/// A key that was looked at. Fields that were not read are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySample {
    /// The name, any bytes.
    pub name: Vec<u8>,
    /// Why it was chosen.
    pub chosen: Chosen,
    /// The value's type.
    pub kind: Option<KeyType>,
    /// `OBJECT ENCODING`.
    pub encoding: Option<String>,
    /// `PTTL`.
    pub ttl: Ttl,
    /// `MEMORY USAGE` in bytes.
    pub memory: Option<u64>,
    /// Bytes of a string, elements of anything else.
    pub length: Option<u64>,
    /// `OBJECT IDLETIME` in seconds; not kept under an LFU policy.
    pub idle_s: Option<u64>,
    /// `OBJECT FREQ`: a logarithmic counter from 0 to 255; kept under an LFU policy only.
    pub freq: Option<u8>,
    /// The first bytes of a string value, for recognising JSON and constant lock values. Never
    /// shown.
    pub head: Option<Vec<u8>>,
}

/// A key's name for people: text as it is, other bytes as `\xNN`, at most 200 characters.
pub fn display_name(name: &[u8]) -> String {
    let mut shown = String::new();
    let mut rest = name;
    while !rest.is_empty() && shown.len() < 200 {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                push_text(text, &mut shown);
                return finish(shown, 0);
            }
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                push_text(&String::from_utf8_lossy(valid), &mut shown);
                let Some((byte, next)) = after.split_first() else { break };
                shown.push_str(&format!("\\x{byte:02x}"));
                rest = next;
            }
        }
    }
    finish(shown, rest.len())
}

fn push_text(text: &str, shown: &mut String) {
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            other if other.is_control() => shown.push_str(&format!("\\x{:02x}", u32::from(other))),
            other => shown.push(other),
        }
    }
}

fn finish(mut shown: String, left: usize) -> String {
    if shown.chars().count() > 200 {
        let end = shown.char_indices().nth(199).map_or(shown.len(), |(at, _)| at);
        shown.truncate(end);
        shown.push('…');
    } else if left > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::display_name;

    #[test]
    fn shows_any_bytes_on_one_short_line() {
        assert_eq!(display_name(b"user:1"), "user:1");
        assert_eq!(display_name("größe:1".as_bytes()), "größe:1");
        assert_eq!(display_name(b"img:\xff\x00:\n"), "img:\\xff\\x00:\\n");
        assert_eq!(display_name(&[b'a'; 500]).chars().count(), 200);
    }
}
