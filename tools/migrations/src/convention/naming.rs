//! Versions of migration files.

use serde::{Deserialize, Serialize};

/// How a project numbers its migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versioning {
    /// `0001`, `0002`; width in digits, 1 for numbers without leading zeros.
    Sequence {
        /// Digits.
        width: usize,
    },
    /// `20240131120000`.
    Timestamp,
    /// Flyway's `1.2` or `1_2`, of which the last part counts up.
    Dotted,
}

/// The leading version of a file name: its digits (and, for Flyway, dots or underscores).
pub(crate) fn version_of(stem: &str) -> Option<&str> {
    let digits = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    stem.get(..digits).filter(|version| !version.is_empty())
}

/// How a set of versions is written.
pub(crate) fn versioning(versions: &[&str]) -> Versioning {
    let timestamps = versions.iter().filter(|version| version.len() == 14 && version.starts_with("20")).count();
    if !versions.is_empty() && timestamps * 2 > versions.len() {
        return Versioning::Timestamp;
    }
    if versions.iter().any(|version| version.contains(['.', '_'])) {
        return Versioning::Dotted;
    }
    let padded = versions.iter().filter(|version| version.starts_with('0')).map(|version| version.len()).max();
    Versioning::Sequence { width: padded.unwrap_or(1) }
}

/// The version `steps` after the last one (the first new file is one step).
pub(crate) fn next(versioning: Versioning, last: Option<&str>, now: Option<&str>, steps: u64) -> String {
    match versioning {
        Versioning::Sequence { width } => {
            let last: u64 = last.and_then(|last| last.parse().ok()).unwrap_or(0);
            format!("{:0width$}", last.saturating_add(steps))
        }
        Versioning::Timestamp => {
            let start = now.max(last.filter(|last| last.len() == 14)).unwrap_or("20000101000000");
            let skip = if now.is_some() && now >= last { steps - 1 } else { steps };
            add_seconds(start, skip)
        }
        Versioning::Dotted => {
            let last = last.unwrap_or("0");
            let cut = last.rfind(['.', '_']).map_or(0, |at| at + 1);
            let (head, tail) = last.split_at_checked(cut).unwrap_or(("", last));
            let tail: u64 = tail.parse().unwrap_or(0);
            format!("{head}{}", tail.saturating_add(steps))
        }
    }
}

/// Counts the clock of a `YYYYMMDDhhmmss` forward, staying within its day.
fn add_seconds(stamp: &str, seconds: u64) -> String {
    let part = |from: usize| stamp.get(from..from + 2).and_then(|part| part.parse::<u64>().ok()).unwrap_or(0);
    let (Some(day), total) = (stamp.get(..8), part(8) * 3600 + part(10) * 60 + part(12) + seconds) else {
        return stamp.to_owned();
    };
    let total = total.min(86_399);
    format!("{day}{:02}{:02}{:02}", total / 3600, total / 60 % 60, total % 60)
}
