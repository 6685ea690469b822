//! Finding the one place that an edit means.

use similar::TextDiff;

/// How many places are listed when there are several.
const PLACES: usize = 10;
/// Lines that are compared when the text is not there.
const COMPARED: usize = 20_000;

/// The text after the edit, or what is wrong with it and what to do.
pub(super) fn replace(text: &str, old: &str, new: &str, all: bool) -> Result<(String, usize), String> {
    if old.is_empty() {
        return Err("old is empty: use Write for a new file, or quote the line before the insertion".to_owned());
    }
    if old == new {
        return Err("old and new are equal: nothing to do".to_owned());
    }
    let places: Vec<usize> = text.match_indices(old).map(|(at, _)| at).collect();
    match places.as_slice() {
        [] => Err(not_found(text, old)),
        [_] => Ok((text.replacen(old, new, 1), 1)),
        several if all => Ok((text.replace(old, new), several.len())),
        several => {
            let lines: Vec<String> = several.iter().take(PLACES).map(|at| (line_of(text, *at)).to_string()).collect();
            Err(format!(
                "old stands {} times, at lines {}: quote more lines around the right one, or set replace_all",
                several.len(),
                lines.join(", ")
            ))
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// Says what is nearest to the text that was meant.
fn not_found(text: &str, old: &str) -> String {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if squeezed(text).contains(&squeezed(old)) {
        let first = old.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let at = text.lines().position(|line| line.trim() == first).map_or(1, |index| index + 1);
        return format!(
            "old is there, at line {at}, but with other white space: copy it from Read without the numbers"
        );
    }
    let Some(wanted) = old.lines().map(str::trim).find(|line| !line.is_empty()) else {
        return "old is only white space and is not there".to_owned();
    };
    let nearest = text
        .lines()
        .take(COMPARED)
        .enumerate()
        .map(|(index, line)| (similarity(wanted, line.trim()), index, line))
        .max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(&left.1)));
    match nearest {
        Some((score, index, line)) if score > 0.5 => {
            format!("old is not there; the nearest to its first line is line {}: `{}`", index + 1, line.trim())
        }
        _ => "old is not there and nothing like it is: read the file again".to_owned(),
    }
}

/// 1 for equal lines. Lines of very different length are not compared.
fn similarity(wanted: &str, line: &str) -> f32 {
    let (short, long) = (wanted.len().min(line.len()), wanted.len().max(line.len()));
    if short * 3 < long || long > 400 { 0.0 } else { TextDiff::from_chars(wanted, line).ratio() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    one();\n}\nfn b() {\n    one();\n}\n";

    #[test]
    fn one_place_or_all_or_a_sentence() {
        assert_eq!(replace("a b", "b", "c", false), Ok(("a c".to_owned(), 1)));
        assert_eq!(replace(TEXT, "one", "two", true).unwrap().1, 2);
        assert!(replace(TEXT, "one", "two", false).unwrap_err().contains("2 times, at lines 2, 5"));
        assert!(replace(TEXT, "fn a() {\n  one();", "x", false).unwrap_err().contains("line 1, but with other white"));
        assert!(replace(TEXT, "fn c() {", "x", false).unwrap_err().contains("line 1: `fn a() {`"));
        assert!(replace(TEXT, "nowhere to be seen at all", "x", false).unwrap_err().contains("nothing like it"));
        assert!(replace(TEXT, "", "x", false).is_err());
        assert!(replace(TEXT, "a", "a", false).is_err());
    }
}
