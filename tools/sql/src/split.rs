//! Scripts into statements.
//!
//! Works on any script that psql would take: dollar quotes, `BEGIN ATOMIC` bodies, rules with
//! several actions, meta-command lines (skipped), `COPY … FROM stdin` data (skipped).

use crate::lexer::Scanner;
use crate::{SqlError, Token, TokenKind, limits};

/// One statement of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementText<'a> {
    /// From its first token to its last, without the `;`. Comments inside are kept.
    pub text: &'a str,
    /// What stands between the statement before and this one: its comments, trimmed.
    pub comments: &'a str,
    /// Byte offset of `text` in the script.
    pub start: usize,
    /// Line of the first token, from 1.
    pub line: u32,
    /// Column of the first token in characters, from 1.
    pub column: u32,
}

/// Splits a script into its statements; a text without code gives none.
///
/// The script may be longer than [`crate::MAX_BYTES`] (dumps are): only the single statement is
/// bounded, when it is parsed.
///
/// # Errors
/// A NUL byte, or a quote or comment that is never closed.
pub fn split(script: &str) -> Result<Vec<StatementText<'_>>, SqlError> {
    limits::check_nul(script)?;
    let mut scanner = Scanner::new(script);
    let mut splitter = Splitter { script, statements: Vec::new(), gap: 0, place: Place::START, current: None };
    while let Some(token) = scanner.next() {
        if !token.closed {
            return Err(SqlError::syntax_at(script, token.start, unterminated(&token)));
        }
        match token.kind {
            TokenKind::Whitespace | TokenKind::Comment => {}
            TokenKind::Semicolon if splitter.at_top() => {
                let copied = splitter.current.as_ref().is_some_and(Current::reads_stdin);
                splitter.finish(token.start + 1);
                if copied && let Some(end) = end_of_copy_data(script, token.start + 1) {
                    splitter.gap = end;
                    scanner.seek(end);
                }
            }
            TokenKind::Backslash => {
                // `\;` separates, `\gset` and friends send, `\set …` stands alone: each ends
                // the statement before it, and the rest of the line is psql's own language.
                let end = after_meta_command(script, token.start);
                splitter.finish(end);
                scanner.seek(end);
            }
            _ => splitter.code(&token),
        }
    }
    splitter.finish(script.len());
    Ok(splitter.statements)
}

struct Splitter<'a> {
    script: &'a str,
    statements: Vec<StatementText<'a>>,
    /// Where the text between statements begins.
    gap: usize,
    place: Place,
    current: Option<Current>,
}

impl<'a> Splitter<'a> {
    fn code(&mut self, token: &Token<'_>) {
        self.current.get_or_insert_with(|| Current::new(token.start)).take(token);
    }

    fn at_top(&self) -> bool {
        self.current.as_ref().is_none_or(|current| current.parens <= 0 && current.blocks == 0)
    }

    /// Closes the current statement, if there is one; the next begins after `resume`.
    fn finish(&mut self, resume: usize) {
        if let Some(current) = self.current.take() {
            self.place.advance(self.script, current.start);
            self.statements.push(StatementText {
                text: self.script.get(current.start..current.end).unwrap_or_default(),
                comments: self.script.get(self.gap..current.start).unwrap_or_default().trim(),
                start: current.start,
                line: self.place.line,
                column: self.place.column,
            });
        }
        self.gap = resume;
    }
}

/// The statement being collected.
struct Current {
    start: usize,
    end: usize,
    parens: i32,
    /// Open `BEGIN ATOMIC` and `CASE` blocks.
    blocks: u32,
    words: [Word; 2],
    first: Word,
    from_stdin: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Copy,
    From,
    Stdin,
    Begin,
    Atomic,
    Case,
    End,
    Other,
}

impl Word {
    fn of(token: &Token<'_>) -> Self {
        const KNOWN: [(&str, Word); 7] = [
            ("copy", Word::Copy),
            ("from", Word::From),
            ("stdin", Word::Stdin),
            ("begin", Word::Begin),
            ("atomic", Word::Atomic),
            ("case", Word::Case),
            ("end", Word::End),
        ];
        KNOWN.into_iter().find(|(text, _)| token.is_word(text)).map_or(Word::Other, |(_, word)| word)
    }
}

impl Current {
    fn new(start: usize) -> Self {
        Self { start, end: start, parens: 0, blocks: 0, words: [Word::Other; 2], first: Word::Other, from_stdin: false }
    }

    fn take(&mut self, token: &Token<'_>) {
        let word = Word::of(token);
        if self.end == self.start {
            self.first = word;
        }
        let [_, before] = self.words;
        match (token.kind, word) {
            (TokenKind::Open, _) => self.parens += 1,
            (TokenKind::Close, _) => self.parens -= 1,
            (_, Word::Atomic) if before == Word::Begin => self.blocks += 1,
            (_, Word::Case) if self.blocks > 0 => self.blocks += 1,
            (_, Word::End) if self.blocks > 0 => self.blocks -= 1,
            (_, Word::Stdin) if before == Word::From => self.from_stdin = true,
            _ => {}
        }
        self.words = [before, word];
        self.end = token.start + token.text.len();
    }

    fn reads_stdin(&self) -> bool {
        self.first == Word::Copy && self.from_stdin
    }
}

/// A line and column that only move forward, so that long scripts are counted once.
struct Place {
    at: usize,
    line: u32,
    column: u32,
}

impl Place {
    const START: Self = Self { at: 0, line: 1, column: 1 };

    fn advance(&mut self, script: &str, to: usize) {
        for character in script.get(self.at..to).unwrap_or_default().chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at = to;
    }
}

/// Byte after the meta-command that begins at `at`: `\;` alone, otherwise the rest of the line.
fn after_meta_command(script: &str, at: usize) -> usize {
    let rest = script.get(at..).unwrap_or_default();
    if rest.starts_with("\\;") {
        return at + 2;
    }
    rest.find('\n').map_or(script.len(), |newline| at + newline + 1)
}

/// Byte after the `\.` line that ends the data of a `COPY … FROM stdin`, if there is one.
fn end_of_copy_data(script: &str, from: usize) -> Option<usize> {
    let mut at = from;
    for line in script.get(from..)?.split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == "\\." {
            return Some(at);
        }
    }
    None
}

fn unterminated(token: &Token<'_>) -> &'static str {
    match token.kind {
        TokenKind::Comment => "unterminated comment",
        TokenKind::QuotedIdent => "unterminated quoted identifier",
        _ => "unterminated quoted string",
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
