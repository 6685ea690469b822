//! "Did you mean": the known names that are closest to an unknown one.

/// At most `limit` of `names` that are close to `wanted`, closest first. Case does not count.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut scored: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let other: Vec<char> = name.to_lowercase().chars().collect();
            let distance = distance(&wanted, &other);
            // `order` for `orders_archive`: one contains the other.
            let contained =
                wanted.len() >= 4 && (contains(&other, &wanted) || contains(&wanted, &other) && other.len() >= 4);
            (distance <= allowed || contained).then_some((distance, name))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(limit).map(|(_, name)| name).collect()
}

fn contains(whole: &[char], part: &[char]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

/// Edits between two words; swapping two neighbours counts as one.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, j) + usize::from(from != to)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "nearest_tests.rs"]
mod tests;
