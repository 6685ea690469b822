//! Content from outside, between marks that it cannot know, and with nothing in it that hides.
//!
//! A fence helps a model to see where data begins and ends; it is no boundary. What must not
//! happen is held up by approvals, roles and sandboxes, whatever a text makes a model believe.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The mark of one result. It is made when the result is there, so nothing in the result can
/// have known it, and kept with the result, so that a transcript reads the same every time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fence(String);

impl Fence {
    /// A mark that nobody can guess: 96 bits from the keys that the operating system gave.
    pub fn random() -> Self {
        // Each state has keys of its own and the hash is keyed by them: its values tell nothing
        // about the next ones.
        let half = |n: u8| RandomState::new().hash_one(n);
        Self(format!("{:016x}{:08x}", half(0), half(1) & 0xffff_ffff))
    }

    /// `text` as the result of `tool` with where it is from, between marks. What looks like a mark
    /// of ours or of a chat template is broken, controls and invisible letters are written out.
    pub fn enclose(&self, tool: &str, source: &str, ok: bool, text: &str) -> String {
        let mark = &self.0;
        let source = if source.is_empty() { String::new() } else { format!(" source=\"{}\"", attribute(source)) };
        let status = if ok { "" } else { " status=\"failed\"" };
        let text = inert(text, mark);
        format!(
            "<tool_result mark=\"{mark}\" tool=\"{}\"{source} trust=\"none\"{status}>\n{text}\n</tool_result mark=\"{mark}\">",
            attribute(tool)
        )
    }
}

/// A word inside quotes of a mark.
fn attribute(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ' ' | '.' | '#'))
        .take(64)
        .collect()
}

/// Marks of ours, and tokens that chat templates give a meaning.
static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<(\s*/?\s*(?:tool_?results?|tool_?response|function_?results?|system|assistant|user)\b)|<([|｜][\w▁]{1,40}[|｜]>)|<(/?(?:start|end)_of_turn>)|<(<\s*/?\s*SYS\s*>>)|\[(/?\s*(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\s*\])",
    )
    .ok()
});

fn inert(text: &str, mark: &str) -> String {
    let text = visible(text);
    let text = if text.contains(mark) { Cow::Owned(text.replace(mark, "(mark)")) } else { text };
    let Some(marks) = MARKS.as_ref() else { return text.replace('<', "&lt;") };
    marks
        .replace_all(&text, |captures: &regex::Captures<'_>| {
            let whole = captures.get(0).map_or("", |found| found.as_str());
            let mut letters = whole.chars();
            let first = letters.next().map(String::from).unwrap_or_default();
            format!("{first}\\{}", letters.as_str())
        })
        .into_owned()
}

/// `text` with every letter that could hide or turn something written out: terminal controls as
/// `\x1b`, marks of direction, invisible and tag letters as `\u{202e}`. Line ends and tabs stay.
/// For people at terminals, for logs and for models alike.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // The line end of other systems; alone it would let a line be overwritten.
            '\r' if letters.peek() == Some(&'\n') => {}
            letter if !is_hidden(letter) => out.push(letter),
            letter if u32::from(letter) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(letter))),
            letter => out.push_str(&format!("\\u{{{:x}}}", u32::from(letter))),
        }
    }
    Cow::Owned(out)
}

/// Letters that show as nothing and change what is around them: controls, marks of direction,
/// zero-width letters, and the tag letters in which a second text can be written invisibly.
const fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
#[path = "fence_tests.rs"]
mod tests;
