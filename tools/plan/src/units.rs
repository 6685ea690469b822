//! Figures as people read them.

use crate::node::count;

/// Milliseconds: `0.04ms`, `3.2ms`, `812ms`, `4.5s`.
pub(crate) fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1}s", value / 1000.0)
    } else if value >= 10.0 {
        format!("{value:.0}ms")
    } else if value >= 1.0 {
        format!("{value:.1}ms")
    } else if value >= 0.005 {
        format!("{value:.2}ms")
    } else {
        "0ms".to_owned()
    }
}

/// A count in three figures: `950`, `12.3k`, `1.2M`.
pub(crate) fn short(value: f64) -> String {
    let scaled = |value: f64, unit: &str| {
        let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") };
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    if value >= 999_500_000.0 {
        scaled(value / 1e9, "G")
    } else if value >= 999_500.0 {
        scaled(value / 1e6, "M")
    } else if value >= 1000.0 {
        scaled(value / 1e3, "k")
    } else if value.fract().abs() < 0.005 || value >= 100.0 {
        format!("{value:.0}")
    } else {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').to_owned()
    }
}

/// A count with thousands separated: `1,000,000`.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.max(0.0));
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size given in kB: `512 kB`, `14 MB`, `3.2 GB`.
pub(crate) fn size_kb(kb: u64) -> String {
    let kb = count(kb);
    if kb >= 10.0 * 1024.0 * 1024.0 {
        format!("{:.0} GB", kb / 1024.0 / 1024.0)
    } else if kb >= 1024.0 * 1024.0 {
        format!("{:.1} GB", kb / 1024.0 / 1024.0)
    } else if kb >= 1024.0 {
        format!("{:.0} MB", kb / 1024.0)
    } else {
        format!("{kb:.0} kB")
    }
}

/// A factor: `3.4`, `120`, `12,000`.
pub(crate) fn factor(value: f64) -> String {
    if value >= 1000.0 {
        grouped(value)
    } else if value >= 10.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// A share of one: `4 %`, `97 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = (share * 100.0).clamp(0.0, 100.0);
    // 99.6 % of a whole is not all of it.
    let percent = if percent < 100.0 { percent.min(99.94) } else { percent };
    if (99.0..100.0).contains(&percent) { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// `text` cut to `limit` characters, with an ellipsis when cut.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
