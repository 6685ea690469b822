//! Source with comments and the insides of strings blanked, byte for byte: positions stay valid.

use super::language::Language;

/// The masked text; as long as the original, with the same line ends.
pub(super) fn mask(text: &str, language: Language) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (taken, hidden) = token(rest, next, language);
        let (head, tail) = rest.split_at(taken);
        match hidden {
            Hidden::No => out.push_str(head),
            Hidden::All => blank(&mut out, head),
            Hidden::Inside { open, close } => {
                let end = head.len().saturating_sub(close).max(open);
                out.push_str(head.get(..open).unwrap_or_default());
                blank(&mut out, head.get(open..end).unwrap_or_default());
                out.push_str(head.get(end..).unwrap_or_default());
            }
        }
        rest = tail;
    }
    out
}

enum Hidden {
    No,
    All,
    /// The delimiters of so many bytes stay visible.
    Inside {
        open: usize,
        close: usize,
    },
}

fn blank(out: &mut String, text: &str) {
    out.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

/// Length of what begins here, and what of it is hidden.
fn token(rest: &str, next: char, language: Language) -> (usize, Hidden) {
    use Language::{Go, Java, Php, Python, Ruby, Rust, Script};
    let hash_comments = matches!(language, Python | Ruby | Php);
    let slash_comments = !matches!(language, Python | Ruby);
    match next {
        // `#[` is an attribute in PHP, `#{` stands only inside strings.
        '#' if hash_comments && !(language == Php && rest.starts_with("#[")) => (line(rest), Hidden::All),
        '/' if slash_comments && rest.starts_with("//") => (line(rest), Hidden::All),
        '/' if slash_comments && rest.starts_with("/*") => (until(rest, 2, "*/"), Hidden::All),
        '"' | '\'' if language == Python && rest.starts_with(&next.to_string().repeat(3)) => {
            (until(rest, 3, &next.to_string().repeat(3)), Hidden::Inside { open: 3, close: 3 })
        }
        '\'' if language == Rust => match char_literal(rest) {
            Some(length) => (length, Hidden::Inside { open: 1, close: 1 }),
            None => (1, Hidden::No),
        },
        '`' if language == Go => (until(rest, 1, "`"), Hidden::Inside { open: 1, close: 1 }),
        '`' if matches!(language, Script) => (string(rest, '`', true), Hidden::Inside { open: 1, close: 1 }),
        '"' => {
            let lines = matches!(language, Rust | Ruby | Php);
            (string(rest, '"', lines), Hidden::Inside { open: 1, close: 1 })
        }
        '\'' if matches!(language, Python | Ruby | Php | Script | Go | Java) => {
            (string(rest, '\'', matches!(language, Ruby | Php)), Hidden::Inside { open: 1, close: 1 })
        }
        other => (other.len_utf8(), Hidden::No),
    }
}

fn line(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

fn until(rest: &str, from: usize, end: &str) -> usize {
    let found = rest.get(from..).and_then(|inside| inside.find(end));
    found.map_or(rest.len(), |at| from + at + end.len())
}

/// Length of a string with backslash escapes; one that may not span lines ends with its line.
fn string(rest: &str, quote: char, lines: bool) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !lines => return at,
            other if other == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'x'` and `'\n'`, but not the lifetime `'a`.
fn char_literal(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        return rest.get(3..)?.find('\'').filter(|length| *length < 12).map(|length| length + 4);
    }
    characters.next().filter(|(_, second)| *second == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_go_and_positions_stay() {
        for (language, text, expected) in [
            (Language::Python, "a = 'é#' # for x\nb", "a = '   '        \nb"),
            (Language::Python, "\"\"\"for\nx\"\"\"y", "\"\"\"   \n \"\"\"y"),
            (Language::Script, "a(`for ${x}`) // b", "a(`        `)     "),
            (Language::Rust, "fn f<'a>(c: '\\'', d: 'x') /* { */ {", "fn f<'a>(c: '  ', d: ' ')         {"),
            (Language::Go, "`a\nb` \"c\\\"d\"", "` \n ` \"    \""),
            (Language::Ruby, "x # it's\ny", "x       \ny"),
        ] {
            let masked = mask(text, language);
            assert_eq!(masked, expected, "{text}");
            assert_eq!(masked.len(), text.len());
        }
    }
}
