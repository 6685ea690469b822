//! Lines that fit a width.

/// Breaks prose at spaces so that no line is wider than `width` characters; a word that is wider
/// stands on a line of its own, whole.
pub(super) fn prose(text: &str, width: usize) -> Vec<String> {
    fill(text.split_whitespace().map(str::to_owned), width)
}

/// Breaks a statement at spaces outside of quotes and comments, so that it still runs when it is
/// copied from several lines. Lines that it has itself are kept.
pub(super) fn statement(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut pieces: Vec<String> = Vec::new();
    let mut quote: Option<char> = None;
    let mut comment = false;
    let mut last = ' ';
    for letter in text.trim().chars() {
        match letter {
            '\n' => {
                comment = false;
                pieces.push(std::mem::take(&mut piece));
                // Inside a literal a line break is a part of the value, and so is every space.
                out.append(&mut fill(std::mem::take(&mut pieces).into_iter(), width));
            }
            '\t' => piece.push(' '),
            letter if super::words::is_hidden(letter) => {}
            ' ' if quote.is_none() && !comment => {
                if !piece.is_empty() {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            letter => {
                if !comment {
                    quote = match quote {
                        None if matches!(letter, '\'' | '"') => Some(letter),
                        Some(open) if open == letter => None,
                        open => open,
                    };
                    comment = quote.is_none() && letter == '-' && last == '-';
                }
                piece.push(letter);
            }
        }
        last = letter;
    }
    pieces.push(piece);
    out.append(&mut fill(pieces.into_iter(), width));
    out.retain(|line| !line.trim().is_empty());
    out
}

fn fill(words: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words {
        let fits = line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width;
        if !fits {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As many parts as fit into `width`, joined by `separator`; what is left out is counted.
pub(super) fn fitting(parts: &[String], separator: &str, width: usize) -> String {
    let whole = parts.join(separator);
    if whole.chars().count() <= width {
        return whole;
    }
    let mut line = String::new();
    for (at, part) in parts.iter().enumerate() {
        let left = parts.len() - at;
        let more = if left > 1 { format!(" +{} more", left - 1) } else { String::new() };
        let gap = if at == 0 { "" } else { separator };
        let needed = line.chars().count() + gap.chars().count() + part.chars().count() + more.chars().count();
        if at > 0 && needed > width {
            line.push_str(&format!(" +{left} more"));
            return line;
        }
        line.push_str(gap);
        // A first part that is too wide by itself still leaves room to say that there is more.
        line.push_str(&super::words::cut(part, if at == 0 { width.saturating_sub(more.len()) } else { width }));
    }
    line
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
