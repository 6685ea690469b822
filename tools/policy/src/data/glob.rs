//! `*`, `**` and `?` in names and paths.

/// Whether `text` meets `pattern`. `?` is one character and `*` any number of them, neither
/// crossing `/`; `**` crosses. Linear in practice: patterns are short and come from people.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // reached[i]: the pattern so far can end before text[i].
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    let mut at = 0;
    while let Some(&symbol) = pattern.get(at) {
        let double = symbol == '*' && pattern.get(at + 1) == Some(&'*');
        let mut next = vec![false; text.len() + 1];
        for index in 0..=text.len() {
            let here = reached.get(index).copied().unwrap_or(false);
            let before = index.checked_sub(1);
            let character = before.and_then(|before| text.get(before)).copied();
            let from_reached = before.and_then(|before| reached.get(before)).copied().unwrap_or(false);
            let from_next = before.and_then(|before| next.get(before)).copied().unwrap_or(false);
            let value = match symbol {
                '*' => here || (from_next && (double || character != Some('/'))),
                '?' => from_reached && character.is_some_and(|character| character != '/'),
                literal => from_reached && character == Some(literal),
            };
            if let Some(slot) = next.get_mut(index) {
                *slot = value;
            }
        }
        reached = next;
        at += if double { 2 } else { 1 };
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
#[path = "glob_tests.rs"]
mod tests;
