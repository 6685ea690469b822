//! What can be wrong with a text that should be SQL.

/// Why a text could not be read as SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The grammar refused it.
    #[error("{message} at line {line}, column {column}\n{excerpt}")]
    Syntax {
        /// The parser's own words: `syntax error at or near "FORM"`.
        message: String,
        /// Position in characters from 1, as `psql` and the server's error field count.
        position: usize,
        /// Line from 1.
        line: u32,
        /// Column in characters from 1.
        column: u32,
        /// The offending line and a caret under the place.
        excerpt: String,
    },
    /// Nothing but white space and comments.
    #[error("the text holds no SQL statement")]
    Empty,
    /// One statement was expected.
    #[error("expected exactly one statement, found {found}")]
    NotOne {
        /// How many there are.
        found: usize,
    },
    /// The text is larger than the parser is allowed to see.
    #[error("the text has {bytes} bytes, more than the {limit} that are parsed")]
    TooLarge {
        /// Size of the text.
        bytes: usize,
        /// The limit, [`crate::MAX_BYTES`].
        limit: usize,
    },
    /// Expressions or queries are nested beyond what is walked safely.
    #[error("the statement is nested too deeply to be analysed")]
    TooDeep,
    /// PostgreSQL cannot take this byte in any text.
    #[error("the text has a NUL byte at byte {at}")]
    Nul {
        /// Byte offset from 0.
        at: usize,
    },
    /// The parser failed in a way that no SQL text should cause.
    #[error("the SQL parser failed: {0}")]
    Parser(String),
}

impl SqlError {
    /// A syntax error at a byte offset of `sql`, with line, column and caret worked out.
    pub(crate) fn syntax_at(sql: &str, byte: usize, message: impl Into<String>) -> Self {
        let byte = floor_boundary(sql, byte);
        let before = sql.get(..byte).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let lead = before.get(line_start..).unwrap_or_default();
        let column = lead.chars().count() + 1;
        let rest = sql.get(byte..).unwrap_or_default();
        let tail = rest.split(['\n', '\r']).next().unwrap_or_default();
        Self::Syntax {
            message: message.into(),
            position: before.chars().count() + 1,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            excerpt: excerpt(lead, tail),
        }
    }
}

/// A line cut to a readable window around the caret.
fn excerpt(lead: &str, tail: &str) -> String {
    const BEFORE: usize = 60;
    const AFTER: usize = 40;
    let width = lead.chars().count();
    let cut = width > BEFORE;
    let shown: String = lead.chars().skip(width.saturating_sub(BEFORE)).map(flat).collect();
    let rest: String = tail.chars().take(AFTER).map(flat).collect();
    let mark = if cut { "…" } else { "" };
    let ellipsis = if tail.chars().count() > AFTER { "…" } else { "" };
    let pad = " ".repeat(mark.chars().count() + shown.chars().count());
    format!("  {mark}{shown}{rest}{ellipsis}\n  {pad}^")
}

/// Control characters, tabs among them, would move the caret or steer a terminal.
fn flat(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

fn floor_boundary(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
