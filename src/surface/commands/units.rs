//! Sizes and times as people write them.

use std::time::Duration;

/// `500MB`, `2 GB`, `65536`: PostgreSQL's own units, powers of 1024.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let fault = || format!("`{text}` is no size: write 500MB or 2GB");
    let (number, unit) = number_and_unit(text).ok_or_else(fault)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" | "k" => 1024.0,
        "mb" | "m" => 1024.0 * 1024.0,
        "gb" | "g" => 1024.0 * 1024.0 * 1024.0,
        "tb" | "t" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(fault()),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within 0 and 2^53")]
    Some(number * factor).filter(|bytes| (1.0..=9e15).contains(bytes)).map(|bytes| bytes as u64).ok_or_else(fault)
}

/// `10s`, `500ms`, `2min`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("`{text}` is no time: write 500ms, 10s or 2min");
    let (number, unit) = number_and_unit(text).ok_or_else(fault)?;
    let seconds = match unit.to_ascii_lowercase().as_str() {
        "ms" => number / 1000.0,
        "" | "s" | "sec" => number,
        "m" | "min" => number * 60.0,
        _ => return Err(fault()),
    };
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err(fault());
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
