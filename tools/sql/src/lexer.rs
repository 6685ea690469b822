//! A tolerant scanner for PostgreSQL's lexical rules.
//!
//! The exact grammar needs valid SQL; splitting scripts, redaction and one-line summaries must
//! also work on half-typed text, psql meta-commands and dumps. Every byte of the input belongs
//! to exactly one token, so concatenating the tokens gives the input back.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks and line breaks.
    Whitespace,
    /// `-- …` up to the line break, or `/* … */` with nesting.
    Comment,
    /// A keyword or bare identifier.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedIdent,
    /// Any string literal: `'…'`, `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `$tag$…$tag$`.
    Text,
    /// A numeric literal.
    Number,
    /// `$1`.
    Parameter,
    /// `(` or `[`.
    Open,
    /// `)` or `]`.
    Close,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `\`: the start of a psql meta-command.
    Backslash,
    /// Operators, dots, colons and everything else.
    Operator,
}

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, exactly.
    pub text: &'a str,
    /// Byte offset in the scanned text.
    pub start: usize,
    /// Whether a quote or comment that it opened was closed; true for all other tokens.
    pub closed: bool,
}

impl Token<'_> {
    /// Whether this is the given keyword, whatever its case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether the token is neither white space nor comment.
    pub fn is_code(&self) -> bool {
        !matches!(self.kind, TokenKind::Whitespace | TokenKind::Comment)
    }
}

/// All tokens of `sql`, in order. Never fails: an unterminated quote runs to the end and is
/// marked as not closed.
pub fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    Scanner::new(sql)
}

/// The iterator behind [`tokens`]; a caller that skips foreign lines moves it forward.
pub(crate) struct Scanner<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self { sql, at: 0 }
    }

    /// Goes on at byte `at`, which must be a character boundary.
    pub(crate) fn seek(&mut self, at: usize) {
        self.at = at;
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.sql.get(self.at..)?;
        let first = rest.chars().next()?;
        let (kind, length, closed) = scan(rest, first);
        let text = rest.get(..length).unwrap_or(rest);
        let token = Token { kind, text, start: self.at, closed };
        self.at += text.len();
        Some(token)
    }
}

/// Kind, length in bytes and closedness of the token at the head of `rest`.
fn scan(rest: &str, first: char) -> (TokenKind, usize, bool) {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied();
    match first {
        c if c.is_ascii_whitespace() || c == '\u{b}' => {
            (TokenKind::Whitespace, run(rest, |c| c.is_ascii_whitespace() || c == '\u{b}'), true)
        }
        '-' if second == Some(b'-') => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len()), true),
        '/' if second == Some(b'*') => block_comment(bytes),
        '\'' => quoted(TokenKind::Text, bytes, 0, b'\'', false),
        '"' => quoted(TokenKind::QuotedIdent, bytes, 0, b'"', false),
        'e' | 'E' if second == Some(b'\'') => quoted(TokenKind::Text, bytes, 1, b'\'', true),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if second == Some(b'\'') => quoted(TokenKind::Text, bytes, 1, b'\'', false),
        'u' | 'U' if rest.get(1..3) == Some("&'") => quoted(TokenKind::Text, bytes, 2, b'\'', false),
        'u' | 'U' if rest.get(1..3) == Some("&\"") => quoted(TokenKind::QuotedIdent, bytes, 2, b'"', false),
        '$' => dollar(rest),
        c if c.is_ascii_digit() => (TokenKind::Number, number(bytes), true),
        '.' if second == Some(b'.') => (TokenKind::Operator, 2, true),
        '.' if second.is_some_and(|byte| byte.is_ascii_digit()) => (TokenKind::Number, number(bytes), true),
        c if is_word_start(c) => (TokenKind::Word, run(rest, is_word_part), true),
        '(' | '[' => (TokenKind::Open, 1, true),
        ')' | ']' => (TokenKind::Close, 1, true),
        ',' => (TokenKind::Comma, 1, true),
        ';' => (TokenKind::Semicolon, 1, true),
        '\\' => (TokenKind::Backslash, 1, true),
        other => (TokenKind::Operator, other.len_utf8(), true),
    }
}

/// PostgreSQL takes every byte with the high bit set as a letter.
fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_word_part(c: char) -> bool {
    is_word_start(c) || c.is_ascii_digit() || c == '$'
}

fn run(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

fn quoted(kind: TokenKind, bytes: &[u8], prefix: usize, quote: u8, backslash: bool) -> (TokenKind, usize, bool) {
    let mut at = prefix + 1;
    while let Some(&byte) = bytes.get(at) {
        if backslash && byte == b'\\' {
            at += 2;
        } else if byte != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return (kind, at + 1, true);
        }
    }
    (kind, bytes.len(), false)
}

fn block_comment(bytes: &[u8]) -> (TokenKind, usize, bool) {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'/'), Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (Some(b'*'), Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return (TokenKind::Comment, at, true);
                }
            }
            _ => at += 1,
        }
    }
    (TokenKind::Comment, bytes.len(), false)
}

/// `$1`, `$$…$$`, `$tag$…$tag$`, or a lone `$`.
fn dollar(rest: &str) -> (TokenKind, usize, bool) {
    let after = rest.get(1..).unwrap_or_default();
    let digits = run(after, |c| c.is_ascii_digit());
    if digits > 0 {
        return (TokenKind::Parameter, 1 + digits, true);
    }
    let tag = run(after, |c| is_word_part(c) && c != '$');
    let Some(delimiter) = rest.get(..tag + 2).filter(|delimiter| delimiter.ends_with('$')) else {
        return (TokenKind::Operator, 1, true);
    };
    let body = rest.get(delimiter.len()..).unwrap_or_default();
    match body.find(delimiter) {
        Some(end) => (TokenKind::Text, end + 2 * delimiter.len(), true),
        None => (TokenKind::Text, rest.len(), false),
    }
}

fn number(bytes: &[u8]) -> usize {
    if bytes.first() == Some(&b'0') && bytes.get(1).is_some_and(|byte| b"xXoObB".contains(byte)) {
        return 2 + take(bytes, 2, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut at = take(bytes, 0, digit);
    // `1..10` is a range of PL/pgSQL, not a number with two dots.
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1) != Some(&b'.') {
        at += 1;
        at += take(bytes, at, digit);
    }
    if bytes.get(at).is_some_and(|byte| b"eE".contains(byte)) {
        let sign = usize::from(bytes.get(at + 1).is_some_and(|byte| b"+-".contains(byte)));
        let exponent = take(bytes, at + 1 + sign, digit);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

fn take(bytes: &[u8], from: usize, accept: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).take_while(|byte| accept(**byte)).count()
}

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
