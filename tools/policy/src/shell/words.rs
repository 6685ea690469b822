//! Cuts a script into words and operators, with quoting as the shell does it.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word after quotes are removed.
    Word(Word),
    /// `;`, `&`, `|`, `&&`, `||`, `|&`, `;;`, a line end, `(`, `)`.
    Break(Break),
    /// `<`, `>`, `>>`, `>|`, `<>`, `&>`, `>&`, `<<<`: the word after it is the file or text.
    Redirect(Redirect),
}

/// What ends a simple command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// The next command reads what this one prints.
    Pipe,
    /// The command goes on by itself.
    Background,
    /// A parenthesis.
    Group,
    /// Everything else.
    End,
}

/// What stands before the name of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirect {
    /// Reads the file.
    Read,
    /// Writes the file.
    Write,
    /// Copies a descriptor, or writes the file when the word is no number.
    Copy,
    /// Text, no file.
    Text,
}

/// A word, as far as it can be known without running.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The known text. What is unknown (variables, substitutions) is left out.
    pub(super) text: String,
    /// Something in it is only known when it runs.
    pub(super) dynamic: bool,
    /// Some of it was quoted: then it is no reserved word.
    pub(super) quoted: bool,
    /// An unquoted `*`, `?`, `[` or `{`.
    pub(super) pattern: bool,
    /// Names of variables that it reads.
    pub(super) variables: Vec<String>,
    /// Scripts inside: `$(…)`, backquotes, `<(…)`.
    pub(super) scripts: Vec<String>,
}

/// Why a script cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unbalanced;

/// Splits a script.
pub(super) fn tokens(script: &str) -> Result<Vec<Token>, Unbalanced> {
    let mut lexer = Lexer { rest: script, tokens: Vec::new(), here: Vec::new() };
    while lexer.step()? {}
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
    /// Here-documents whose text starts after the line: end mark, and whether tabs before it count.
    here: Vec<(String, bool)>,
}

const OPERATORS: &[(&str, Token)] = &[
    ("&>>", Token::Redirect(Redirect::Write)),
    ("<<<", Token::Redirect(Redirect::Text)),
    ("&&", Token::Break(Break::End)),
    ("||", Token::Break(Break::End)),
    (";;&", Token::Break(Break::End)),
    (";;", Token::Break(Break::End)),
    (";&", Token::Break(Break::End)),
    ("|&", Token::Break(Break::Pipe)),
    ("&>", Token::Redirect(Redirect::Write)),
    (">>", Token::Redirect(Redirect::Write)),
    (">|", Token::Redirect(Redirect::Write)),
    ("<>", Token::Redirect(Redirect::Write)),
    (">&", Token::Redirect(Redirect::Copy)),
    ("<&", Token::Redirect(Redirect::Copy)),
    (";", Token::Break(Break::End)),
    ("|", Token::Break(Break::Pipe)),
    ("&", Token::Break(Break::Background)),
    ("(", Token::Break(Break::Group)),
    (")", Token::Break(Break::Group)),
    ("<", Token::Redirect(Redirect::Read)),
    (">", Token::Redirect(Redirect::Write)),
];

impl<'a> Lexer<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.take(next.len_utf8());
        Some(next)
    }

    fn step(&mut self) -> Result<bool, Unbalanced> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(rest) = self.rest.strip_prefix("\\\n") {
            self.rest = rest;
            return Ok(true);
        }
        let Some(first) = self.rest.chars().next() else { return Ok(false) };
        if first == '#' {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            return Ok(true);
        }
        if first == '\n' {
            self.take(1);
            self.tokens.push(Token::Break(Break::End));
            self.skip_documents();
            return Ok(true);
        }
        if self.rest.starts_with("<(") || self.rest.starts_with(">(") {
            let word = self.word()?;
            self.tokens.push(Token::Word(word));
            return Ok(true);
        }
        if self.rest.starts_with("<<") && !self.rest.starts_with("<<<") {
            self.take(2);
            let tabs = self.rest.starts_with('-');
            self.take(usize::from(tabs));
            self.rest = self.rest.trim_start_matches([' ', '\t']);
            let mark = self.word()?;
            self.here.push((mark.text, tabs));
            return Ok(true);
        }
        if let Some((text, token)) = OPERATORS.iter().find(|(text, _)| self.rest.starts_with(text)) {
            self.take(text.len());
            self.tokens.push(token.clone());
            return Ok(true);
        }
        let word = self.word()?;
        // `2>file`: the number belongs to the redirection.
        let number = !word.quoted && !word.text.is_empty() && word.text.bytes().all(|byte| byte.is_ascii_digit());
        if !(number && self.rest.starts_with(['<', '>'])) {
            self.tokens.push(Token::Word(word));
        }
        Ok(true)
    }

    /// Text of here-documents is data; substitutions in it would run, and make the script dynamic.
    fn skip_documents(&mut self) {
        for (mark, tabs) in std::mem::take(&mut self.here) {
            let mut text = Word::default();
            while !self.rest.is_empty() {
                let line = self.take(self.rest.find('\n').map_or(self.rest.len(), |at| at + 1));
                let bare = line.trim_end_matches(['\n', '\r']);
                if (if tabs { bare.trim_start_matches('\t') } else { bare }) == mark {
                    break;
                }
                text.text.push_str(line);
            }
            text.quoted = true;
            self.tokens.push(Token::Redirect(Redirect::Text));
            self.tokens.push(Token::Word(text));
            self.tokens.push(Token::Break(Break::End));
        }
    }

    fn word(&mut self) -> Result<Word, Unbalanced> {
        let mut word = Word::default();
        while let Some(next) = self.rest.chars().next() {
            match next {
                '<' | '>' if self.rest.get(1..2) == Some("(") => {
                    self.take(2);
                    word.dynamic = true;
                    word.scripts.push(self.parenthesis()?);
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.take(1);
                    word.quoted = true;
                    let end = self.rest.find('\'').ok_or(Unbalanced)?;
                    let text = self.take(end);
                    word.text.push_str(text);
                    self.take(1);
                }
                '"' => {
                    self.take(1);
                    word.quoted = true;
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    self.take(1);
                    match self.next() {
                        Some('\n') | None => {}
                        Some(escaped) => {
                            word.quoted = true;
                            word.text.push(escaped);
                        }
                    }
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => {
                    self.take(1);
                    word.dynamic = true;
                    word.scripts.push(self.backquoted()?);
                }
                _ => {
                    word.pattern |= matches!(next, '*' | '?' | '[' | '{');
                    word.text.push(next);
                    self.take(next.len_utf8());
                }
            }
        }
        Ok(word)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Unbalanced> {
        loop {
            match self.rest.chars().next().ok_or(Unbalanced)? {
                '"' => {
                    self.take(1);
                    return Ok(());
                }
                '\\' => {
                    self.take(1);
                    match self.next().ok_or(Unbalanced)? {
                        '\n' => {}
                        escaped @ ('$' | '`' | '"' | '\\') => word.text.push(escaped),
                        other => word.text.extend(['\\', other]),
                    }
                }
                '$' => self.dollar(word, true)?,
                '`' => {
                    self.take(1);
                    word.dynamic = true;
                    word.scripts.push(self.backquoted()?);
                }
                next => {
                    word.text.push(next);
                    self.take(next.len_utf8());
                }
            }
        }
    }

    fn backquoted(&mut self) -> Result<String, Unbalanced> {
        let mut script = String::new();
        loop {
            match self.next().ok_or(Unbalanced)? {
                '`' => return Ok(script),
                '\\' => script.extend(self.next()),
                next => script.push(next),
            }
        }
    }

    fn dollar(&mut self, word: &mut Word, inside_quotes: bool) -> Result<(), Unbalanced> {
        self.take(1);
        let next = self.rest.chars().next();
        match next {
            Some('(') => {
                self.take(1);
                word.dynamic = true;
                let inside = self.parenthesis()?;
                // `$((1 + 2))` only calculates, but may hold substitutions.
                if let Some(sum) = inside.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')) {
                    word.scripts.extend(embedded(sum));
                } else {
                    word.scripts.push(inside);
                }
            }
            Some('{') => {
                self.take(1);
                word.dynamic = true;
                let inside = self.brace()?;
                let name: String = inside
                    .trim_start_matches(['#', '!'])
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                word.variables.push(name);
                word.scripts.extend(embedded(&inside));
            }
            Some('\'') if !inside_quotes => {
                self.take(1);
                word.quoted = true;
                word.text.push_str(&self.ansi_quoted()?);
            }
            Some('"') if !inside_quotes => {}
            Some(next) if next.is_ascii_alphanumeric() || next == '_' => {
                let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                word.dynamic = true;
                let name = self.take(end).to_owned();
                word.variables.push(name);
            }
            Some(next @ ('?' | '!' | '$' | '#' | '@' | '*' | '-')) => {
                self.take(1);
                word.dynamic = true;
                word.variables.push(next.to_string());
            }
            _ => word.text.push('$'),
        }
        Ok(())
    }

    /// `$'\x41\n'`: what people hide words in.
    fn ansi_quoted(&mut self) -> Result<String, Unbalanced> {
        let mut text = String::new();
        loop {
            match self.next().ok_or(Unbalanced)? {
                '\'' => return Ok(text),
                '\\' => match self.next().ok_or(Unbalanced)? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'e' | 'E' => text.push('\u{1b}'),
                    'x' => text.extend(self.number(16, 2)),
                    'u' => text.extend(self.number(16, 4)),
                    'U' => text.extend(self.number(16, 8)),
                    digit @ '0'..='7' => {
                        let mut value = digit.to_digit(8).unwrap_or_default();
                        let end = self.rest.chars().take(2).take_while(|c| c.is_digit(8)).count();
                        for more in self.take(end).chars() {
                            value = value * 8 + more.to_digit(8).unwrap_or_default();
                        }
                        text.extend(char::from_u32(value));
                    }
                    other => text.push(other),
                },
                next => text.push(next),
            }
        }
    }

    fn number(&mut self, radix: u32, most: usize) -> Option<char> {
        let end = self.rest.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let digits = self.take(end);
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
    }

    /// The text up to the parenthesis that closes, quotes respected.
    fn parenthesis(&mut self) -> Result<String, Unbalanced> {
        self.closing('(', ')')
    }

    fn brace(&mut self) -> Result<String, Unbalanced> {
        self.closing('{', '}')
    }

    fn closing(&mut self, open: char, close: char) -> Result<String, Unbalanced> {
        let (mut depth, mut quote, mut escaped) = (1usize, None, false);
        for (at, next) in self.rest.char_indices() {
            if escaped {
                escaped = false;
                continue;
            }
            match (quote, next) {
                (None | Some('"'), '\\') => escaped = true,
                (None, '\'' | '"') => quote = Some(next),
                (Some(open), next) if open == next => quote = None,
                (Some(_), _) => {}
                (None, next) if next == open => depth += 1,
                (None, next) if next == close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let inside = self.take(at).to_owned();
                self.take(close.len_utf8());
                return Ok(inside);
            }
        }
        Err(Unbalanced)
    }
}

/// A script with the substitutions that stand in an expansion, if there are any.
fn embedded(text: &str) -> Option<String> {
    (text.contains("$(") || text.contains('`')).then(|| format!("echo \"{}\"", text.replace('"', "")))
}
