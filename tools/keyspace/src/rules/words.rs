//! Words in templates, and how rules write sizes.

use crate::template::Kind;

/// The words of a template in lower case, placeholders left out: `order:lock:{id}` is `order`, `lock`.
pub(crate) fn words(template: &str) -> Vec<String> {
    let mut literal = String::new();
    for (text, is_placeholder) in pieces(template) {
        literal.push_str(if is_placeholder { " " } else { text });
    }
    literal
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether the template has one of `wanted`, alone or in the plural.
pub(crate) fn has_word(template: &str, wanted: &[&str]) -> bool {
    words(template).iter().any(|word| {
        let single = word.strip_suffix('s').unwrap_or(word);
        wanted.contains(&word.as_str()) || wanted.contains(&single)
    })
}

/// The `MATCH` pattern for a template's keys: placeholders become `*`, glob characters in the
/// literal parts are escaped.
pub(crate) fn glob(template: &str) -> String {
    let mut pattern = String::new();
    for (text, is_placeholder) in pieces(template) {
        if is_placeholder {
            pattern.push('*');
            continue;
        }
        for character in text.chars() {
            if "*?[]\\^".contains(character) {
                pattern.push('\\');
            }
            pattern.push(character);
        }
    }
    pattern
}

/// Literal parts and placeholders in order. A hash tag's own braces are literal.
fn pieces(template: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (literal, tail) = rest.split_at(start);
        if let Some(placeholder) = Kind::placeholders().find(|word| tail.starts_with(word)) {
            let (placeholder, after) = tail.split_at(placeholder.len());
            found.push((literal, false));
            found.push((placeholder, true));
            rest = after;
        } else {
            let (literal, after) = rest.split_at(start + 1);
            found.push((literal, false));
            rest = after;
        }
    }
    found.push((rest, false));
    found
}

/// `1.2 MB`, `640 B`.
#[expect(clippy::cast_precision_loss, reason = "a size for people")]
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// `12 %` of a share.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.01 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

/// `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_and_patterns() {
        assert_eq!(words("order:locks:{id}"), ["order", "locks"]);
        assert!(has_word("order:locks:{id}", &["lock"]));
        assert!(!has_word("clock:{id}", &["lock"]));
        assert_eq!(glob("{user:{id}}:a[1]"), "{user:*}:a\\[1\\]");
        assert_eq!(glob("a*:{name}"), "a\\*:*");
        assert_eq!((size(900), size(1_300_000)), ("900 B".to_owned(), "1.2 MB".to_owned()));
        assert_eq!((count(999), count(1_234_567)), ("999".to_owned(), "1,234,567".to_owned()));
    }
}
