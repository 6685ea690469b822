//! Bytes to text and back.

use serde::Serialize;

/// How the bytes of a file stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, little end first, with a byte order mark.
    Utf16Le,
    /// UTF-16, big end first, with a byte order mark.
    Utf16Be,
    /// One byte a character: what is not UTF-8 and has no zero bytes.
    Latin1,
}

impl Encoding {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with a byte order mark",
            Self::Utf16Le => "UTF-16 (little endian)",
            Self::Utf16Be => "UTF-16 (big endian)",
            Self::Latin1 => "Latin-1",
        }
    }
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnding {
    /// Every line ends with `\n`, or there is only one line.
    Lf,
    /// Every line ends with `\r\n`; the text has `\n`.
    CrLf,
    /// Some do, some do not; the text has them as they are.
    Mixed,
}

/// A text file, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// The text. Lines end with `\n` unless endings are mixed.
    pub text: String,
    /// How it is stored.
    pub encoding: Encoding,
    /// How its lines end there.
    pub line_ending: LineEnding,
}

/// Bytes looked at to tell text from binary, as git does.
const PROBE: usize = 8000;

impl TextFile {
    /// A new file.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), encoding: Encoding::Utf8, line_ending: LineEnding::Lf }
    }

    /// Reads bytes; none for binary content.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (text, encoding) = match bytes {
            [0xef, 0xbb, 0xbf, rest @ ..] => (String::from_utf8(rest.to_vec()).ok()?, Encoding::Utf8Bom),
            [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16Le),
            [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16Be),
            bytes if bytes.iter().take(PROBE).any(|byte| *byte == 0) => return None,
            bytes => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), Encoding::Utf8),
                Err(_) => (bytes.iter().copied().map(char::from).collect(), Encoding::Latin1),
            },
        };
        let all = text.matches('\n').count();
        let windows = text.matches("\r\n").count();
        let (text, line_ending) = match windows {
            0 => (text, LineEnding::Lf),
            windows if windows == all => (text.replace("\r\n", "\n"), LineEnding::CrLf),
            _ => (text, LineEnding::Mixed),
        };
        Some(Self { text, encoding, line_ending })
    }

    /// The bytes of `text` stored as this file is; the first character that does not fit otherwise.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u8>, char> {
        let text = match self.line_ending {
            LineEnding::CrLf => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            LineEnding::Lf | LineEnding::Mixed => text.to_owned(),
        };
        let units = |mark: u16, bytes: fn(u16) -> [u8; 2]| {
            std::iter::once(mark).chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        Ok(match self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf8Bom => [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
            Encoding::Utf16Le => units(0xfeff, u16::to_le_bytes),
            Encoding::Utf16Be => units(0xfeff, u16::to_be_bytes),
            Encoding::Latin1 => text
                .chars()
                .map(|character| u8::try_from(character).map_err(|_| character))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decoded_is_encoded_as_it_was() {
        let utf16: Vec<u8> = "\u{feff}a\r\nß\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, encoding, ending) in [
            (b"a\nb\n".to_vec(), Encoding::Utf8, LineEnding::Lf),
            (b"a\r\nb\r\n".to_vec(), Encoding::Utf8, LineEnding::CrLf),
            (b"a\r\nb\n".to_vec(), Encoding::Utf8, LineEnding::Mixed),
            (b"\xef\xbb\xbfa".to_vec(), Encoding::Utf8Bom, LineEnding::Lf),
            (b"caf\xe9\n".to_vec(), Encoding::Latin1, LineEnding::Lf),
            (utf16, Encoding::Utf16Le, LineEnding::CrLf),
            (Vec::new(), Encoding::Utf8, LineEnding::Lf),
        ] {
            let file = TextFile::decode(&bytes).unwrap();
            assert_eq!((file.encoding, file.line_ending), (encoding, ending));
            assert_eq!(file.encode(&file.text).unwrap(), bytes);
        }
        assert_eq!(TextFile::decode(b"caf\xe9").unwrap().encode("\u{1f600}"), Err('\u{1f600}'));
        assert_eq!(TextFile::decode(b"\x7fELF\0\0"), None);
    }
}
