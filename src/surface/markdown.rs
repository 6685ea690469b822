//! Answers that others render: nothing in them loads or links anything by itself.
//!
//! A model that quotes rows may quote `![](https://…?data)`: a page that shows the answer would
//! fetch that address, and so carry data out. Where it leads stays readable.

use std::sync::LazyLock;

use regex::{Captures, Regex};

struct Patterns {
    /// Elements that load, run or submit something.
    element: Regex,
    link: Regex,
    definition: Regex,
    automatic: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let element = r"(?i)<(/?(?:img|image|picture|source|svg|iframe|frame|script|style|link|meta|base|object|embed|applet|video|audio|track|form|input|button|a|body|html|math|portal)\b)";
    Some(Patterns {
        element: Regex::new(element).ok()?,
        link: Regex::new(r"\[([^\[\]]*)\]\(\s*<?([^()\s<>]+(?:\([^()]*\)[^()\s<>]*)?)>?[^()]*\)").ok()?,
        definition: Regex::new(r"^(\s{0,3}\[[^\]]+\]):\s*(\S+)").ok()?,
        automatic: Regex::new(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]*)>").ok()?,
    })
});

/// `markdown` without images, elements that load, and links that hide where they lead.
pub(super) fn inert(markdown: &str) -> String {
    let Some(patterns) = PATTERNS.as_ref() else { return markdown.replace(['!', '<'], " ") };
    // Also inside code: renderers disagree about where code ends.
    let plain = markdown.replace("![", "! [");
    let plain = patterns.element.replace_all(&plain, "&lt;$1");
    let mut fence: Option<String> = None;
    let lines: Vec<String> = plain.split('\n').map(|line| self::line(line, &mut fence, patterns)).collect();
    lines.join("\n")
}

fn line(line: &str, fence: &mut Option<String>, patterns: &Patterns) -> String {
    let trimmed = line.trim_start();
    let mark = trimmed.chars().next().filter(|letter| matches!(letter, '`' | '~'));
    if let Some(mark) = mark
        && line.len() - trimmed.len() <= 3
    {
        let run: String = trimmed.chars().take_while(|letter| *letter == mark).collect();
        let rest = trimmed.get(run.len()..).unwrap_or_default();
        match fence {
            None if run.len() >= 3 && !rest.contains('`') => {
                *fence = Some(run);
                return line.to_owned();
            }
            Some(open) if run.starts_with(open.as_str()) && rest.trim().is_empty() => {
                *fence = None;
                return line.to_owned();
            }
            _ => {}
        }
    }
    if fence.is_some() {
        return line.to_owned();
    }
    let parts: Vec<&str> = line.split('`').collect();
    // Longer runs and odd counts are read in different ways: then all of it counts as text.
    if line.contains("``") || parts.len().is_multiple_of(2) {
        return text(line, patterns);
    }
    let part =
        |(at, part): (usize, &&str)| if at.is_multiple_of(2) { text(part, patterns) } else { (*part).to_owned() };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join("`")
}

fn text(text: &str, patterns: &Patterns) -> String {
    let shown = |captures: &Captures<'_>| {
        let part = |at: usize| captures.get(at).map_or("", |found| found.as_str());
        let (name, address) = (part(1), part(2));
        // A place in the same document.
        if address.starts_with('#') {
            return format!("[{name}]({address})");
        }
        if name == address { format!("`{address}`") } else { format!("{name} (`{address}`)") }
    };
    let text = patterns.definition.replace(text, "$1 `$2`");
    let text = patterns.link.replace_all(&text, shown);
    patterns.automatic.replace_all(&text, "`$1`").into_owned()
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
