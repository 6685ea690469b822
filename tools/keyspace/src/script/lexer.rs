//! Lua 5.1 tokens with their places. Comments are left out, so the word KEYS in one is no call.

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lua {
    /// An identifier or keyword.
    Name(String),
    /// A string of any form, without its quotes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// An operator or separator.
    Symbol(&'static str),
}

/// A token with its place, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) lua: Lua,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        match &self.lua {
            Lua::Name(name) => name == word,
            Lua::Symbol(symbol) => *symbol == word,
            Lua::Text(_) | Lua::Number(_) => false,
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        match &self.lua {
            Lua::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Longest first.
const SYMBOLS: &[&str] = &[
    "...", "..", "==", "~=", "<=", ">=", "+", "-", "*", "/", "%", "^", "#", "<", ">", "=", "(", ")", "{", "}", "[",
    "]", ";", ":", ",", ".",
];

/// Cuts a script into tokens. What is not Lua is skipped: a linter reads broken files too.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1, column: 1, found: Vec::new() };
    // `#!lua flags=no-writes` is the engine's header, not Lua.
    if text.starts_with("#!") {
        lexer.skip(text.find('\n').unwrap_or(text.len()));
    }
    while !lexer.rest.is_empty() {
        lexer.next();
    }
    lexer.found
}

struct Lexer<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
    found: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn skip(&mut self, bytes: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for character in head.chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.rest = tail;
        head
    }

    fn push(&mut self, bytes: usize, make: impl FnOnce(&str) -> Lua) {
        let (line, column) = (self.line, self.column);
        let text = self.skip(bytes);
        self.found.push(Token { lua: make(text), line, column });
    }

    fn next(&mut self) {
        let Some(first) = self.rest.chars().next() else { return };
        if let Some(after) = self.rest.strip_prefix("--") {
            let len = match long_bracket(after) {
                Some((_, _, whole)) => 2 + whole,
                None => self.rest.find('\n').unwrap_or(self.rest.len()),
            };
            self.skip(len);
        } else if first.is_alphabetic() || first == '_' {
            let len = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            self.push(len, |name| Lua::Name(name.to_owned()));
        } else if first.is_ascii_digit() {
            let len = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(self.rest.len());
            // `1..x` is a number and a concatenation.
            let len = self.rest.find("..").map_or(len, |dots| len.min(dots));
            self.push(len, |number| Lua::Number(number.to_owned()));
        } else if first == '"' || first == '\'' {
            let len = quoted_len(self.rest, first);
            self.push(len, |text| {
                let inner = text.get(1..).unwrap_or_default();
                Lua::Text(inner.strip_suffix(first).unwrap_or(inner).to_owned())
            });
        } else if let Some((start, end, whole)) = long_bracket(self.rest) {
            self.push(whole, |text| Lua::Text(text.get(start..end).unwrap_or_default().to_owned()));
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol)) {
            self.push(symbol.len(), |_| Lua::Symbol(symbol));
        } else {
            self.skip(first.len_utf8());
        }
    }
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            other if other == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// `[[…]]`, `[=[…]=]`: where the text inside starts and ends, and the length of all.
fn long_bracket(text: &str) -> Option<(usize, usize, usize)> {
    let after = text.strip_prefix('[')?;
    let level = after.bytes().take_while(|byte| *byte == b'=').count();
    after.get(level..)?.strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    let start = level + 2;
    let end = text.get(start..)?.find(&close).map_or(text.len(), |at| start + at);
    Some((start, end, (end + close.len()).min(text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let found = tokens("-- KEYS\n--[[ redis.call\n]] local s = [=[a]]b]=] .. 'it\\'s' -- x\nreturn 1..2");
        let shown: Vec<String> = found
            .iter()
            .map(|token| match &token.lua {
                Lua::Name(text) | Lua::Text(text) | Lua::Number(text) => text.clone(),
                Lua::Symbol(symbol) => (*symbol).to_owned(),
            })
            .collect();
        assert_eq!(shown, ["local", "s", "=", "a]]b", "..", "it\\'s", "return", "1", "..", "2"]);
        assert_eq!((found[0].line, found[0].column), (3, 4));
    }
}
