//! What a query gave, and how much of it we take.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows to return at most. EXPLAIN and SHOW are bounded by bytes alone.
    pub rows: usize,
    /// Bytes of values to return at most.
    pub bytes: usize,
    /// Time on the server at most.
    pub timeout: Duration,
}

impl Default for Limits {
    /// 50 rows, 256 KiB, 15 seconds.
    fn default() -> Self {
        Self { rows: 50, bytes: 256 * 1024, timeout: Duration::from_secs(15) }
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Its name; names may repeat.
    pub name: String,
    /// Its type, as `format_type` writes it: `timestamp with time zone`.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// A bounded result. Values are text, exactly as psql shows them; NULL is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rows {
    /// The columns, also where there is no row.
    pub columns: Vec<Column>,
    /// The rows that were taken.
    pub rows: Vec<Vec<Option<String>>>,
    /// What was cut, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<String>,
    /// From sending the statement to the last row.
    pub elapsed_ms: f64,
}

impl Rows {
    /// The first column of all rows, joined by line ends: the text of an EXPLAIN.
    pub fn first_column(&self) -> String {
        let lines: Vec<&str> = self.rows.iter().filter_map(|row| row.first().and_then(Option::as_deref)).collect();
        lines.join("\n")
    }
}

/// Collects rows until a limit is met.
pub(super) struct Collector {
    limits: Limits,
    bytes: usize,
    rows: Vec<Vec<Option<String>>>,
    cut: Option<String>,
}

impl Collector {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, rows: Vec::new(), cut: None }
    }

    /// Takes one more row; false when no further row is wanted.
    pub(super) fn take(&mut self, row: Vec<Option<&str>>) -> bool {
        if self.rows.len() >= self.limits.rows {
            self.cut = Some(format!("only the first {} rows are shown; there are more", self.limits.rows));
            return false;
        }
        let size: usize = row.iter().flatten().map(|value| value.len()).sum();
        let left = self.limits.bytes.saturating_sub(self.bytes);
        if size <= left {
            self.bytes += size;
            self.rows.push(row.into_iter().map(|value| value.map(str::to_owned)).collect());
            return true;
        }
        if self.rows.is_empty() {
            self.rows.push(cut_row(&row, left));
            self.cut = Some(format!("the first row alone has {size} bytes: its values are cut to {left} bytes in all"));
        } else {
            self.cut = Some(format!(
                "only the first {} rows are shown: the next would pass {} bytes",
                self.rows.len(),
                self.limits.bytes
            ));
        }
        false
    }

    pub(super) fn finish(self) -> (Vec<Vec<Option<String>>>, Option<String>) {
        (self.rows, self.cut)
    }
}

/// A row whose long values share what is left.
fn cut_row(row: &[Option<&str>], left: usize) -> Vec<Option<String>> {
    let share = left / row.len().max(1);
    row.iter()
        .map(|value| {
            value.map(|text| {
                let kept = text.get(..text.floor_char_boundary(share)).unwrap_or_default();
                if kept.len() == text.len() {
                    text.to_owned()
                } else {
                    format!("{kept}… (+{} bytes)", text.len() - kept.len())
                }
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
