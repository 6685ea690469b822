//! The YAML head of a Markdown file, as agent and skill files in the wild write it.
//!
//! Read leniently: byte order marks, CRLF, comma lists, duplicate keys and unquoted colons occur
//! in files that other tools accept, so they load here too, each with a warning where something
//! was decided. What cannot be read is an error with file, line and column.

use std::{fmt, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_yaml::Value;

/// A Markdown file split into its head and its body.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Keys in file order; a duplicate key keeps its last value.
    pub fields: Vec<(String, Value)>,
    /// The Markdown after the head, with `\n` line ends.
    pub body: String,
    /// What was decided while reading.
    pub warnings: Vec<String>,
}

/// A head that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct FrontmatterError {
    /// As the caller named it.
    pub file: String,
    /// From 1, in the file.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Document {
    /// Reads `text`; `file` only names it in errors and warnings.
    ///
    /// # Errors
    /// When the head is not closed, is not a mapping, or is broken YAML.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FrontmatterError> {
        let file = file.display().to_string();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let Some((head, body)) = split(&text, &file)? else {
            return Ok(Self { fields: Vec::new(), body: text, warnings: Vec::new() });
        };
        let mut warnings = Vec::new();
        if head.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self { fields: Vec::new(), body: body.to_owned(), warnings });
        }
        let pairs = match serde_yaml::from_str::<Pairs>(head) {
            Ok(pairs) => pairs,
            Err(error) => match serde_yaml::from_str::<Pairs>(&quote_plain_scalars(head)) {
                Ok(pairs) => {
                    warnings.push(format!(
                        "{file}: the head is not strict YAML ({error}); unquoted values were read as text"
                    ));
                    pairs
                }
                Err(_) => return Err(located(&file, &error)),
            },
        };
        let mut fields: Vec<(String, Value)> = Vec::new();
        for (key, value) in pairs.0 {
            match fields.iter_mut().find(|(known, _)| *known == key) {
                Some(known) => {
                    warnings.push(format!("{file}: `{key}` occurs more than once; the last one counts"));
                    known.1 = value;
                }
                None => fields.push((key, value)),
            }
        }
        Ok(Self { fields, body: body.to_owned(), warnings })
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// `key` as text: scalars as they are written; an absent, null or empty value is `None`.
    pub fn text(&self, key: &str) -> Option<String> {
        scalar(self.get(key)?).filter(|text| !text.is_empty())
    }

    /// `key` as a list: a YAML list, or one string of comma-separated items (commas inside
    /// parentheses belong to the item: `Bash(git log, git diff)`). `None` when the key is absent.
    pub fn list(&self, key: &str) -> Option<Vec<String>> {
        Some(match self.get(key)? {
            Value::Sequence(items) => items.iter().filter_map(scalar).filter(|item| !item.is_empty()).collect(),
            Value::Null => Vec::new(),
            other => split_commas(&scalar(other).unwrap_or_default()),
        })
    }
}

/// The pairs of a mapping in order, duplicates included.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys with values (`name: …`)")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<Value, Value>()? {
                    pairs.push((scalar(&key).unwrap_or_default(), value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Head and body; `None` when the file has no head.
fn split<'a>(text: &'a str, file: &str) -> Result<Option<(&'a str, &'a str)>, FrontmatterError> {
    let Some(rest) = text.strip_prefix("---").filter(|rest| rest.trim_start_matches([' ', '\t']).starts_with('\n'))
    else {
        return Ok(None);
    };
    let start = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let inner = rest.get(start..).unwrap_or_default();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            let body = inner.get(at + line.len()..).unwrap_or_default();
            return Ok(Some((inner.get(..at).unwrap_or_default(), body)));
        }
        at += line.len();
    }
    Err(FrontmatterError {
        file: file.to_owned(),
        line: 1,
        column: 1,
        message: "the head opens with `---` but never closes: add a line `---` after the last key".to_owned(),
    })
}

fn located(file: &str, error: &serde_yaml::Error) -> FrontmatterError {
    // The head starts on the file's second line.
    let (line, column) = error.location().map_or((2, 1), |at| (at.line() + 1, at.column()));
    let full = error.to_string();
    // The library's own position counts from the head's first line: ours stands before it already.
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    FrontmatterError { file: file.to_owned(), line, column, message }
}

/// Quotes the plain top-level values that YAML trips over (`description: Use when: …`).
fn quote_plain_scalars(head: &str) -> String {
    head.lines()
        .map(|line| match line.split_once(": ") {
            Some((key, value))
                if !line.starts_with([' ', '\t', '-', '#'])
                    && !value.trim_start().starts_with(['[', '{', '|', '>', '&', '*', '!'])
                    && !is_quoted_whole(value.trim()) =>
            {
                format!("{key}: '{}'", value.trim().replace('\'', "''"))
            }
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether one pair of quotes spans the value, or opens a value that goes on below.
fn is_quoted_whole(value: &str) -> bool {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
    value.get(1..).and_then(|rest| rest.find(quote)).is_none_or(|at| at + 2 == value.len())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Tagged(tagged) => scalar(&tagged.value),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

fn split_commas(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            ',' | '\n' if depth == 0 => items.push(String::new()),
            _ => {
                match c {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if let Some(item) = items.last_mut() {
                    item.push(c);
                }
            }
        }
    }
    items.iter().map(|item| item.trim().trim_matches(['"', '\'']).to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
#[path = "frontmatter_tests.rs"]
mod tests;
