//! Numbers as people read them.

/// `1.4 GB`: binary units, one decimal below ten.
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
pub(crate) fn bytes(count: i64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value.abs() < 1024.0 {
            return if unit == "B" || value.abs() >= 10.0 {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// `880,171`.
pub(crate) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A row estimate as a whole number with separators.
#[expect(clippy::cast_possible_truncation, reason = "row counts fit 64 bits; the cast saturates")]
pub(crate) fn rows(number: f64) -> String {
    count(number.round() as i64)
}

/// `4 s`, `12 min`, `3.5 h`, `9 days`.
pub(crate) fn seconds(age: f64) -> String {
    match age {
        age if age < 0.0 => "0 s".to_owned(),
        age if age < 120.0 => format!("{age:.0} s"),
        age if age < 7_200.0 => format!("{:.0} min", age / 60.0),
        age if age < 172_800.0 => format!("{:.1} h", age / 3_600.0),
        age => format!("{:.0} days", age / 86_400.0),
    }
}

/// `0.8 ms`, `240 ms`, `12 s`.
pub(crate) fn millis(duration: f64) -> String {
    match duration {
        duration if duration < 10.0 => format!("{duration:.1} ms"),
        duration if duration < 10_000.0 => format!("{duration:.0} ms"),
        duration => seconds(duration / 1_000.0),
    }
}

/// `42 %`, `99.7 %`.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let near_an_end = (99.0..100.0).contains(&value) || (value > 0.0 && value < 1.0);
    if near_an_end { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

/// One or many: `1 session`, `3 sessions`.
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first `limit` characters on one line, with an ellipsis when something was cut.
pub(crate) fn brief(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let mut cut: String = line.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
