//! What kind of variable stands in a slot of a key name.

/// The kind of a variable part. The discriminant is the byte that stands for it in encoded
/// segments, so it never changes meaning between a mined tree and a later lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A decimal number.
    Id = b'a',
    /// A counter glued to a word: `shard12`.
    Suffix = b'b',
    /// A UUID in the 8-4-4-4-12 form.
    Uuid = b'c',
    /// A hexadecimal digest or identifier.
    Hex = b'd',
    /// A ULID or KSUID.
    Ulid = b'e',
    /// A calendar date or date-time.
    Date = b'f',
    /// Seconds or milliseconds since 1970.
    Epoch = b'g',
    /// An e-mail address.
    Email = b'h',
    /// An IPv4, IPv6 or MAC address.
    Address = b'i',
    /// A random token: base64, base62, JWT.
    Token = b'j',
    /// A URL.
    Url = b'k',
    /// Text with spaces or percent escapes.
    Text = b'l',
    /// Bytes that are not text.
    Binary = b'm',
    /// A fraction or a signed number.
    Number = b'n',
    /// A word of many, found by counting.
    Name = b'o',
    /// A language or locale.
    Language = b'p',
    /// A priority.
    Level = b'q',
    /// A span of time: daily, weekly.
    Period = b'r',
    /// A kind of client: web, ios.
    Platform = b's',
}

/// Marks the next byte of an encoded segment as a [`Kind`]. Text segments hold no control bytes.
pub(crate) const MARK: u8 = 0x01;

impl Kind {
    const ALL: [Self; 19] = [
        Self::Id,
        Self::Suffix,
        Self::Uuid,
        Self::Hex,
        Self::Ulid,
        Self::Date,
        Self::Epoch,
        Self::Email,
        Self::Address,
        Self::Token,
        Self::Url,
        Self::Text,
        Self::Binary,
        Self::Number,
        Self::Name,
        Self::Language,
        Self::Level,
        Self::Period,
        Self::Platform,
    ];

    /// The kind that `code` stands for.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// The word in a template.
    pub(crate) const fn placeholder(self) -> &'static str {
        match self {
            Self::Id => "{id}",
            Self::Suffix => "{n}",
            Self::Uuid => "{uuid}",
            Self::Hex => "{hex}",
            Self::Ulid => "{ulid}",
            Self::Date => "{date}",
            Self::Epoch => "{ts}",
            Self::Email => "{email}",
            Self::Address => "{ip}",
            Self::Token => "{token}",
            Self::Url => "{url}",
            Self::Text => "{text}",
            Self::Binary => "{bin}",
            Self::Number => "{num}",
            Self::Name => "{name}",
            Self::Language => "{lang}",
            Self::Level => "{level}",
            Self::Period => "{period}",
            Self::Platform => "{platform}",
        }
    }

    /// Every placeholder.
    pub(crate) fn placeholders() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::placeholder)
    }

    /// Kinds whose values can look like one another's: a digest of digits only reads as a
    /// number, a token without digits reads as a word.
    pub(crate) const fn is_confusable(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Hex
                | Self::Date
                | Self::Epoch
                | Self::Token
                | Self::Text
                | Self::Name
                | Self::Number
                | Self::Ulid
        )
    }
}
