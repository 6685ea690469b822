//! One learning as one document.

use std::{fmt::Write, path::PathBuf};

use serde_json::{Map, Value};

use crate::{Learning, StoreError};

const FENCE: &str = "---";
/// Heading of the part that is kept for searching only.
const CONTEXT: &str = "\n## Context\n\n";

/// `project/kind/id-title.md`, made of characters that every file system takes.
pub(super) fn path_of(learning: &Learning) -> PathBuf {
    let project = learning.scope.project.as_deref().map(slug).filter(|slug| !slug.is_empty());
    let project = project.unwrap_or_else(|| "general".to_owned());
    PathBuf::from(project).join(learning.kind.as_str()).join(format!(
        "{}-{}.md",
        slug(&learning.id),
        slug(&learning.title)
    ))
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    slug.get(..slug.len().min(48)).unwrap_or_default().trim_end_matches('-').to_owned()
}

/// The document: front matter, title, body, context.
pub(super) fn render(learning: &Learning) -> Result<String, StoreError> {
    let value = serde_json::to_value(learning).map_err(|error| StoreError::Value(error.to_string()))?;
    let Value::Object(mut fields) = value else { return Err(StoreError::Value("a learning is an object".to_owned())) };
    for part in ["title", "body", "context"] {
        fields.shift_remove(part);
    }
    let mut text = format!("{FENCE}\n");
    for (key, value) in fields {
        if value != Value::Array(Vec::new()) && value != Value::Object(Map::new()) {
            let value = bare(&value).map_or_else(|| value.to_string(), str::to_owned);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key}: {value}");
        }
    }
    let _ = write!(text, "{FENCE}\n\n# {}\n\n{}\n", learning.title, learning.body.trim());
    if !learning.context.trim().is_empty() {
        let _ = writeln!(text, "{CONTEXT}{}", learning.context.trim());
    }
    Ok(text)
}

/// Text that reads the same without quotes.
fn bare(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let plain = !text.is_empty() && text.trim() == text && !text.contains(['\n', '\r']);
    (plain && serde_json::from_str::<Value>(text).is_err()).then_some(text)
}

/// Reads a document back.
///
/// # Errors
/// A sentence with the line at fault.
pub(super) fn parse(text: &str) -> Result<Learning, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut lines = text.split('\n').enumerate();
    if lines.next().map(|(_, line)| line.trim_end()) != Some(FENCE) {
        return Err("line 1: a learning begins with front matter between two lines of ---".to_owned());
    }
    let mut fields = Map::new();
    let mut end = None;
    for (number, line) in lines.by_ref() {
        if line.trim_end() == FENCE {
            end = Some(number);
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let (key, value) = line.split_once(':').ok_or_else(|| format!("line {}: expected `key: value`", number + 1))?;
        let value = value.trim();
        fields.insert(
            key.trim().to_owned(),
            serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned())),
        );
    }
    end.ok_or("the front matter has no closing line of ---")?;
    let rest = lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let rest = rest.trim_start();
    let (title, body) = rest.split_once('\n').unwrap_or((rest, ""));
    let title = title.strip_prefix("# ").ok_or("the text after the front matter begins with `# ` and the title")?;
    let (body, context) = body.split_once(CONTEXT).unwrap_or((body, ""));
    for (part, text) in [("title", title), ("body", body), ("context", context)] {
        fields.insert(part.to_owned(), Value::String(text.trim().to_owned()));
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
