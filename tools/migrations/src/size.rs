//! Sizes in words, and what they mean for severity.

use dbwright_finding::Severity;

use crate::TableFacts;

/// What a statement does while it holds its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Reads every row.
    Scan,
    /// Writes every row and rebuilds every index.
    Rewrite,
    /// Reads and sorts every row.
    IndexBuild,
    /// Catalog only: the harm is in waiting for the lock, or in what breaks.
    Catalog,
}

/// Scales a severity by the size of the table, where it is known: a lock that lasts
/// milliseconds is a remark, one that lasts minutes an outage.
pub(crate) fn scaled(base: Severity, work: Work, table: Option<&TableFacts>) -> Severity {
    let (Some(table), false) = (table, work == Work::Catalog) else {
        return base;
    };
    let Some(rows) = table.rows else { return base };
    let bytes = table.bytes.unwrap_or_default();
    // A rewrite costs about ten times a scan per row.
    let weight = if work == Work::Scan { 1 } else { 10 };
    match rows.saturating_mul(weight) {
        0..10_000 if bytes < 64 << 20 => Severity::Info,
        0..200_000 if bytes < 256 << 20 => Severity::Low,
        0..5_000_000 if bytes < 4 << 30 => Severity::Medium,
        0..1_000_000_000 if bytes < 100 << 30 => Severity::High,
        _ => Severity::Critical,
    }
}

/// ` (1.2 M rows, 340 MB)`, or nothing where the size is unknown.
pub(crate) fn in_words(table: Option<&TableFacts>) -> String {
    let Some(table) = table else { return String::new() };
    match (table.rows, table.bytes) {
        (Some(rows), Some(size)) => format!(" ({} rows, {})", count(rows), bytes(size)),
        (Some(rows), None) => format!(" ({} rows)", count(rows)),
        (None, Some(size)) => format!(" ({})", bytes(size)),
        (None, None) => String::new(),
    }
}

fn count(rows: u64) -> String {
    match rows {
        0..10_000 => rows.to_string(),
        10_000..1_000_000 => format!("{} k", rows / 1000),
        1_000_000..1_000_000_000 => tenths(rows, 1_000_000, "M"),
        _ => tenths(rows, 1_000_000_000, "G"),
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..1_048_576 => format!("{} kB", size / 1024),
        1_048_576..1_073_741_824 => format!("{} MB", size / 1_048_576),
        1_073_741_824..1_099_511_627_776 => tenths(size, 1_073_741_824, "GB"),
        _ => tenths(size, 1_099_511_627_776, "TB"),
    }
}

fn tenths(value: u64, unit: u64, name: &str) -> String {
    format!("{}.{} {name}", value / unit, value % unit * 10 / unit)
}
