//! Loop bodies, found in masked source.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::language::Language;

/// A loop over items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loop {
    /// From the keyword to the body: variables and what is looped over.
    pub(super) header: Range<usize>,
    /// What runs once for each item.
    pub(super) body: Range<usize>,
    /// The names that change from item to item, as far as the header tells.
    pub(super) variables: Vec<String>,
}

/// The loops of a masked text that may run often: not those that retry, page, wait for ever or
/// go over a few constants.
pub(super) fn loops(masked: &str, language: Language) -> Vec<Loop> {
    let mut found = match language {
        Language::Python => [python_statements(masked), python_comprehensions(masked)].concat(),
        Language::Ruby => ruby(masked),
        Language::Go | Language::Rust => braces_after_header(masked, language),
        Language::Script | Language::Java | Language::Php => {
            [parenthesised(masked, language), callbacks(masked, language)].concat()
        }
    };
    found.retain(|one| masked.get(one.header.clone()).is_some_and(|header| !FEW.is_match(header)));
    found
}

/// A constant pattern.
#[expect(clippy::expect_used, reason = "the patterns are constants, and every one is used by a test")]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("constant pattern")
}

/// Headers of loops that do not run once for each row: retries, pages and chunks, waiting for
/// ever, steps wider than one, a handful of constants.
static FEW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?ix)
        \w*(?: attempt | retr(?:y|ies) | tries | chunk | batch | page | slice | shard | partition | window )\w*
        | \b while \s* \(? \s* (?: true | 1 ) \b
        | \b for \s* \( \s* ; \s* ; \s* \)
        | \b range \s* \( [^,\n]+ , [^\n]+ , [^\n]+ \)
        | \b range \s* \( \s* \d{1,2} \s* \)
        | ; [^;{]* (?: \+= | \+ \s* = )
        | \b (?: in | of ) \s* [\[(] \s* ["'`\d]
        | \b range \s* \[\]\w+ \{
        | \b in \s* \d+ \s* \.\.=? \s* \d+
        | ^ \s* (?: for | loop ) \s* $
        "#,
    )
});

static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$?[A-Za-z_]\w*"));

/// Words of a header that are not variables.
const KEYWORDS: &[&str] = &[
    "for", "foreach", "while", "const", "let", "var", "final", "async", "await", "in", "of", "range", "as", "mut",
    "ref", "int", "long", "String", "auto", "val", "function", "_",
];

fn names(text: &str) -> Vec<String> {
    let names = NAME.find_iter(text).map(|name| name.as_str().to_owned());
    names.filter(|name| !KEYWORDS.contains(&name.as_str())).collect()
}

fn group(captures: &Captures<'_>, name: &str) -> Vec<String> {
    captures.name(name).map(|found| names(found.as_str())).unwrap_or_default()
}

/// The position after the bracket that closes the one at `open`.
pub(super) fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or_default()
}

// ---- JavaScript, TypeScript, Java, Kotlin, PHP: `for (…) { … }` ----

fn parenthesised(masked: &str, language: Language) -> Vec<Loop> {
    static KEYWORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:for|foreach|while)\b(?:\s+await\b)?\s*\("));
    static PHP_END: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bend(?:foreach|for|while)\b"));
    let mut found = Vec::new();
    for keyword in KEYWORD.find_iter(masked) {
        let Some(end) = closing(masked, keyword.end() - 1) else { continue };
        let start = skip_space(masked, end);
        let rest = masked.get(start..).unwrap_or_default();
        let stop = match byte(masked, start) {
            b'{' => closing(masked, start),
            // `do { … } while (…);` has its body before.
            b';' | 0 => None,
            b':' if language == Language::Php => PHP_END.find(rest).map(|end| start + end.start()),
            _ => rest.find(';').or_else(|| rest.find('\n')).map(|length| start + length),
        };
        let Some(stop) = stop else { continue };
        let header = masked.get(keyword.end()..end - 1).unwrap_or_default();
        found.push(Loop {
            header: keyword.start()..end,
            body: start..stop,
            variables: header_variables(header, language),
        });
    }
    found
}

/// `const x of xs`, `Order o : orders`, `$xs as $k => $x`, `x in xs`.
fn header_variables(header: &str, language: Language) -> Vec<String> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?P<names>.*?)(?:\bof\b|\bin\b|:)"));
    static AFTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bas\b(?P<names>.*)$"));
    static COUNTER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s*(?:let|var|int|long|final)?\s*(?P<names>\$?\w+)\s*="));
    let found = match language {
        Language::Php => AFTER.captures(header),
        _ => BEFORE.captures(header),
    };
    found.or_else(|| COUNTER.captures(header)).map(|captures| group(&captures, "names")).unwrap_or_default()
}

/// `items.forEach(x => …)`, `items.map(async (x) => …)`, `$items->each(function ($x) …)`.
fn callbacks(masked: &str, language: Language) -> Vec<Loop> {
    static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\.(?:forEach|map|flatMap)\(\s*(?:async\b\s*)?(?:\((?P<many>[^()]*)\)(?:\s*:[^=]+)?\s*=>|(?P<one>\w+)\s*=>|function\b\s*\w*\s*\((?P<old>[^()]*)\))",
        )
    });
    // Optional and Stream both have `map`; only `forEach` is surely a loop.
    static JAVA: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\.forEach\s*(?:\(\s*(?:\((?P<many>[^()]*)\)|(?P<one>\w+))\s*->|\{\s*(?P<old>\w+)\s*->)")
    });
    static PHP: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:->(?:each|map)|\barray_map|\barray_walk)\(\s*(?:static\s+)?(?:function|fn)\s*\((?P<many>[^()]*)\)(?P<one>)(?P<old>)",
        )
    });
    let start = match language {
        Language::Java => &*JAVA,
        Language::Php => &*PHP,
        _ => &*SCRIPT,
    };
    let mut found = Vec::new();
    for captures in start.captures_iter(masked) {
        let Some(all) = captures.get(0) else { continue };
        let Some(open) = all.as_str().find(['(', '{']).map(|at| all.start() + at) else { continue };
        let Some(stop) = closing(masked, open) else { continue };
        let variables = ["many", "one", "old"].iter().flat_map(|name| group(&captures, name)).collect();
        // What is looped over stands before the dot.
        let line = masked.get(..all.start()).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        found.push(Loop { header: line..all.end(), body: all.end()..stop, variables });
    }
    found
}

// ---- Go and Rust: `for … { … }` ----

fn braces_after_header(masked: &str, language: Language) -> Vec<Loop> {
    static KEYWORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*(?:'\w+:\s*)?(?P<word>for|while)\b"));
    static GO: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?P<names>[\w\s,]+?)\s*:="));
    static RUST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?P<names>.+?)\s+in\b"));
    let mut found = Vec::new();
    for captures in KEYWORD.captures_iter(masked) {
        let Some(word) = captures.name("word") else { continue };
        let Some(open) = opening_brace(masked, word.end()) else { continue };
        let Some(stop) = closing(masked, open) else { continue };
        let header = masked.get(word.end()..open).unwrap_or_default();
        let variables = match language {
            Language::Go => GO.captures(header),
            _ => RUST.captures(header),
        };
        let variables = variables.map(|captures| group(&captures, "names")).unwrap_or_default();
        found.push(Loop { header: word.start()..open, body: open..stop, variables });
    }
    found
}

/// The first `{` outside other brackets, before the statement ends.
fn opening_brace(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0i32;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            b'{' if depth == 0 => return Some(at),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    None
}

// ---- Python ----

fn python_statements(masked: &str) -> Vec<Loop> {
    static FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?m)^(?P<indent>[ \t]*)(?:async[ \t]+)?(?P<word>for[ \t]+(?P<names>[^\n]+?)[ \t]+in|while)\b")
    });
    let mut found = Vec::new();
    for captures in FOR.captures_iter(masked) {
        let (Some(word), Some(indent)) = (captures.name("word"), captures.name("indent")) else { continue };
        let Some(colon) = python_colon(masked, word.end()) else { continue };
        let line_end = masked.get(colon..).and_then(|rest| rest.find('\n')).map_or(masked.len(), |at| colon + at);
        let stop = end_of_block(masked, line_end, indent.as_str().len());
        found.push(Loop { header: word.start()..colon, body: colon..stop, variables: group(&captures, "names") });
    }
    found
}

/// The colon that ends a header, which may span lines inside brackets.
fn python_colon(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0i32;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b':' if depth == 0 && text.as_bytes().get(at + 1) != Some(&b'=') => return Some(at + 1),
            b'\n' if depth <= 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where the lines end that are indented deeper than `indent`.
fn end_of_block(text: &str, from: usize, indent: usize) -> usize {
    let mut at = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        let deep = line.len() - line.trim_start_matches([' ', '\t']).len();
        if at > from && !line.trim().is_empty() && deep <= indent {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// `[query(x) for x in xs]`: what stands before `for` runs for each item.
fn python_comprehensions(masked: &str) -> Vec<Loop> {
    static FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"[^\s\n][ \t]*\n?[ \t]*\b(?P<word>(?:async[ \t]+)?for[ \t]+(?P<names>[\w, ()]+?)[ \t]+in)\b")
    });
    let mut found = Vec::new();
    for captures in FOR.captures_iter(masked) {
        let Some(word) = captures.name("word") else { continue };
        let Some(open) = enclosing(masked, word.start()) else { continue };
        let end = closing(masked, open).unwrap_or(masked.len());
        found.push(Loop { header: word.start()..end, body: open..word.start(), variables: group(&captures, "names") });
    }
    found
}

/// The bracket that is open at this position; looks back a few screens.
fn enclosing(text: &str, at: usize) -> Option<usize> {
    let from = at.saturating_sub(4000);
    let mut depth = 0usize;
    for (offset, byte) in text.as_bytes().get(from..at)?.iter().enumerate().rev() {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' if depth == 0 => return Some(from + offset),
            b'(' | b'[' | b'{' => depth -= 1,
            _ => {}
        }
    }
    None
}

// ---- Ruby ----

fn ruby(masked: &str) -> Vec<Loop> {
    static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\.(?:each|each_with_index|each_with_object|find_each|map|flat_map|collect|filter_map|each_entry)(?:\([^()\n]*\))?\s*(?P<open>do|\{)\s*\|(?P<names>[^|\n]*)\|",
        )
    });
    static FOR: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?m)^[ \t]*(?P<open>for)[ \t]+(?P<names>[\w, ]+?)[ \t]+in\b[^\n]*"));
    let mut found = Vec::new();
    for captures in BLOCK.captures_iter(masked).chain(FOR.captures_iter(masked)) {
        let (Some(all), Some(open)) = (captures.get(0), captures.name("open")) else { continue };
        let line = masked.get(..all.start()).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let stop = match open.as_str() {
            "{" => closing(masked, open.start()),
            _ => {
                let from = masked.get(line..).unwrap_or_default();
                let indent = from.len() - from.trim_start_matches([' ', '\t']).len();
                let end =
                    masked.get(all.end()..).and_then(|rest| rest.find('\n')).map_or(masked.len(), |at| all.end() + at);
                Some(end_of_block(masked, end, indent))
            }
        };
        let Some(stop) = stop else { continue };
        found.push(Loop { header: line..all.end(), body: all.end()..stop, variables: group(&captures, "names") });
    }
    found
}
