//! Figures and untrusted words as people read them.

use chrono::{DateTime, Utc};
use dbwright_finding::{Confidence, Finding, FixKind, How, Measured, Severity};

/// `text` on one line without control characters: nothing in it can move a cursor or end a line.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace()
        .map(|word| word.chars().filter(|letter| !is_hidden(*letter)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Letters that show as nothing but change what is around them: controls, and the marks that turn
/// the direction of writing (a name could otherwise display as another one).
pub(super) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `text` cut to `limit` characters, with an ellipsis when cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// `1 finding`, `3 findings`.
pub(super) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(count)) }
}

/// A whole number with its thousands separated: `880,171`.
pub(super) fn grouped(number: impl ToString) -> String {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with as many decimals as its size deserves.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals: usize = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    if part.is_empty() { grouped(whole) } else { format!("{}.{part}", grouped(whole)) }
}

/// A count in three figures: `950`, `12.3k`, `1.2M`.
pub(super) fn short(value: f64) -> String {
    let scaled = |value: f64, unit: &str| {
        let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") };
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    match value {
        value if value >= 999_500_000.0 => scaled(value / 1e9, "G"),
        value if value >= 999_500.0 => scaled(value / 1e6, "M"),
        value if value >= 10_000.0 => scaled(value / 1e3, "k"),
        value => number(value),
    }
}

/// `0.04 ms`, `3.2 ms`, `812 ms`, `4.5 s`, `12 min`.
pub(super) fn millis(value: f64) -> String {
    match value {
        value if value >= 120_000.0 => seconds(value / 1000.0),
        value if value >= 1_000.0 => format!("{:.1} s", value / 1000.0),
        value if value >= 10.0 => format!("{value:.0} ms"),
        value if value >= 0.995 => format!("{value:.1} ms"),
        value if value >= 0.005 => format!("{value:.2} ms"),
        _ => "0 ms".to_owned(),
    }
}

/// `4 s`, `12 min`, `3.5 h`, `9 days`.
pub(super) fn seconds(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{} s", number((value.max(0.0) * 10.0).round() / 10.0)),
        value if value < 120.0 => format!("{value:.0} s"),
        value if value < 7_200.0 => format!("{:.0} min", value / 60.0),
        value if value < 172_800.0 => format!("{:.1} h", value / 3_600.0),
        value => format!("{} days", grouped(format!("{:.0}", value / 86_400.0))),
    }
}

/// `812 B`, `1.4 MB`, `12 GB`: binary units, one decimal below ten.
pub(super) fn bytes(value: f64) -> String {
    let mut value = value;
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

/// A share of one: `4 %`, `97 %`, `99.6 %`; only a whole is 100 %, and something is never 0 %.
pub(super) fn percent(share: f64) -> String {
    let percent = (share * 100.0).clamp(0.0, 100.0);
    match percent {
        percent if percent > 0.0 && percent < 1.0 => format!("{} %", number((percent * 10.0).round().max(1.0) / 10.0)),
        percent if percent < 100.0 && percent > 99.0 => format!("{:.1} %", percent.min(99.9)),
        percent => format!("{percent:.0} %"),
    }
}

/// How many times better: `1.4×`, `133×`, `12,000×`.
pub(super) fn times(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 10.0 => format!("{}×", grouped(format!("{ratio:.0}"))),
        ratio => format!("{}×", number((ratio * 10.0).round() / 10.0)),
    }
}

/// `21 Nov 2025 22:48 UTC`.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y %H:%M UTC").to_string()
}

/// How sure a finding is, and by what.
pub(super) fn checked(finding: &Finding) -> &'static str {
    match (finding.confidence, finding.measured.map(|measured| measured.how)) {
        (Confidence::Measured, Some(How::Scratch)) => "measured on a scratch copy",
        (Confidence::Measured, Some(How::Live)) => "measured on the database",
        (Confidence::Measured, _) => "measured",
        (Confidence::Estimated, Some(How::Hypothetical)) => "estimated (hypothetical index)",
        (Confidence::Estimated, _) => "estimated",
        (Confidence::Rule, _) => "by rule",
    }
}

/// Both sides of a comparison, the most stable unit first: `buffers 41,200 → 310`, `time 2.3 s → 12 ms`.
pub(super) fn comparisons(measured: &Measured) -> Vec<String> {
    let mut out = Vec::new();
    if let Some((before, after)) = measured.before.buffers.zip(measured.after.buffers) {
        out.push(format!("buffers {} → {}", grouped(before), grouped(after)));
    }
    if let Some((before, after)) = measured.before.ms.zip(measured.after.ms) {
        out.push(format!("time {} → {}", millis(before), millis(after)));
    }
    if let Some((before, after)) = measured.before.cost.zip(measured.after.cost)
        && out.is_empty()
    {
        out.push(format!("planner cost {} → {}", number(before.round()), number(after.round())));
    }
    out
}

/// What a severity asks for, as a heading.
pub(super) const fn urgency(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "act today",
        Severity::High => "a large cost now, or an outage in sight",
        Severity::Medium => "a cost that users notice, or a risk that grows",
        Severity::Low => "small cost or hygiene",
        Severity::Info => "worth knowing",
    }
}

/// Whether a fix's statements are SQL: those end with a semicolon and know of transactions.
pub(super) const fn is_sql(kind: FixKind) -> bool {
    !matches!(kind, FixKind::RedisConfig | FixKind::RedisData | FixKind::Code)
}
