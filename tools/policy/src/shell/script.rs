//! The simple commands of a script, whatever they stand in.

use super::words::{Break, Redirect, Token, Unbalanced, Word, tokens};

/// One simple command.
#[derive(Debug, Clone, Default)]
pub(super) struct Simple {
    /// `NAME=value` before the program.
    pub(super) assignments: Vec<(String, Word)>,
    /// The program and its arguments.
    pub(super) words: Vec<Word>,
    /// Files that it reads and writes by redirection; texts given to it.
    pub(super) redirects: Vec<(Redirect, Word)>,
    /// It reads what the command before it prints.
    pub(super) piped: bool,
    /// It goes on by itself.
    pub(super) background: bool,
}

impl Simple {
    fn is_empty(&self) -> bool {
        self.assignments.is_empty() && self.words.is_empty() && self.redirects.is_empty()
    }
}

/// Words that only give a script its shape.
const RESERVED: &[&str] =
    &["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "{", "}", "!", "time", "[[", "]]"];

/// Splits a script into its simple commands, in order of writing.
pub(super) fn commands(script: &str) -> Result<Vec<Simple>, Unbalanced> {
    let mut all = Vec::new();
    let mut current = Simple::default();
    let mut pending: Option<Redirect> = None;
    for token in tokens(script)? {
        match token {
            Token::Redirect(redirect) => pending = Some(redirect),
            Token::Word(word) => match pending.take() {
                Some(redirect) => current.redirects.push((redirect, word)),
                None => place(&mut current, word),
            },
            Token::Break(kind) => {
                pending = None;
                current.background = kind == Break::Background;
                if !current.is_empty() {
                    all.push(std::mem::take(&mut current));
                }
                current.piped = kind == Break::Pipe;
            }
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    Ok(all)
}

fn place(command: &mut Simple, word: Word) {
    if command.words.is_empty() {
        if !word.quoted && !word.dynamic && RESERVED.contains(&word.text.as_str()) {
            return;
        }
        if let Some((name, value)) = assignment(&word) {
            command.assignments.push((name, value));
            return;
        }
    }
    command.words.push(word);
}

fn assignment(word: &Word) -> Option<(String, Word)> {
    let (name, value) = word.text.split_once('=')?;
    let name = name.trim_end_matches('+');
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    plain.then(|| (name.to_owned(), Word { text: value.to_owned(), ..word.clone() }))
}
