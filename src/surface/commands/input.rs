//! Statements and other text from a file, a folder, standard input or the command line.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use dbwright_sql::{SqlError, parse, split};
use dbwright_workspace::TextFile;

use crate::exit::Exit;

/// The most that is read from one place.
const LARGEST: u64 = 64 << 20;
/// How standard input is called in messages.
const STDIN: &str = "standard input";

/// A text and what to call it in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) text: String,
}

/// Reads a file, or standard input for `-`, as bytes.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Exit> {
    let name = if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() };
    let fault = |error: std::io::Error| Exit::Usage(format!("cannot read {name}: {error}"));
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(fault)?;
    } else {
        let file = File::open(path).map_err(fault)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(fault)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Exit::Usage(format!("{name} is larger than {} MB", LARGEST >> 20)));
    }
    Ok(bytes)
}

/// Reads a text file in any common encoding, or standard input for `-`.
pub(super) fn text(path: &Path) -> Result<Text, Exit> {
    let name = if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() };
    match TextFile::decode(&bytes(path)?) {
        Some(file) => Ok(Text { name, text: file.text }),
        None => Err(Exit::Usage(format!("{name} is a binary file, not text"))),
    }
}

/// Text on the command line: `-` is standard input, an existing file is read, all else stands
/// for itself.
pub(super) fn text_or_path(argument: &str) -> Result<Text, Exit> {
    let path = Path::new(argument);
    if argument == "-" || path.is_file() {
        return text(path);
    }
    let names_a_file =
        !argument.contains(char::is_whitespace) && (argument.contains('/') || argument.ends_with(".sql"));
    if names_a_file {
        return Err(Exit::Usage(format!("cannot read {argument}: there is no such file")));
    }
    Ok(Text { name: "statement".to_owned(), text: argument.to_owned() })
}

/// A statement that can be read, and one that cannot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Statements {
    /// In order, without `;`.
    pub(super) readable: Vec<String>,
    /// `file:line:column: what is wrong`, one each.
    pub(super) broken: Vec<String>,
}

/// The statements of a file, of all `.sql` files of a folder in the order of their names, or of
/// standard input.
pub(super) fn statements(path: &Path) -> Result<Statements, Exit> {
    let mut found = Statements::default();
    for path in sql_files(path)? {
        let text = text(&path)?;
        let statements = match split(&text.text) {
            Ok(statements) => statements,
            Err(error) => {
                found.broken.push(located(&text.name, 1, 1, &error));
                continue;
            }
        };
        for statement in statements {
            match parse(statement.text) {
                Ok(_) => found.readable.push(statement.text.to_owned()),
                Err(SqlError::Empty) => {}
                Err(error) => found.broken.push(located(&text.name, statement.line, statement.column, &error)),
            }
        }
    }
    Ok(found)
}

fn sql_files(path: &Path) -> Result<Vec<PathBuf>, Exit> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let fault = |error: std::io::Error| Exit::Usage(format!("cannot read {}: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fault)? {
        let file = entry.map_err(fault)?.path();
        if file.is_file() && file.extension().is_some_and(|extension| extension == "sql") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Exit::Usage(format!("{} holds no .sql file", path.display())));
    }
    files.sort();
    Ok(files)
}

/// `name:line:column: message`, with the line and a caret, for a statement that begins there.
pub(super) fn located(name: &str, line: u32, column: u32, error: &SqlError) -> String {
    match error {
        SqlError::Syntax { message, line: within, column: at, excerpt, .. } => {
            let column = if *within == 1 { column + at - 1 } else { *at };
            format!("{name}:{}:{column}: {message}\n{excerpt}", line + within - 1)
        }
        other => format!("{name}:{line}:{column}: {other}"),
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
