//! Aligned text tables for the model: no borders, columns separated by ` | `.

use std::fmt;

/// Columns wider than this are not padded: one long value would blow up every line.
const PADDED: usize = 40;

/// A table that is built row by row.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    cell: usize,
}

impl Table {
    /// A table with these column names; values are cut to `cell` characters.
    pub(crate) fn new<'a>(header: impl IntoIterator<Item = &'a str>, cell: usize) -> Self {
        Self { header: header.into_iter().map(|name| one_line(name, cell)).collect(), rows: Vec::new(), cell }
    }

    /// Adds a row; `None` is NULL, shown as `∅` so that it is not the text `NULL`.
    pub(crate) fn row<'a>(&mut self, values: impl IntoIterator<Item = Option<&'a str>>) {
        let cell = self.cell;
        self.rows
            .push(values.into_iter().map(|value| value.map_or("∅".to_owned(), |text| one_line(text, cell))).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(|name| name.chars().count()).collect();
        for row in &self.rows {
            for (width, value) in widths.iter_mut().zip(row) {
                *width = (*width).max(value.chars().count());
            }
        }
        widths.into_iter().map(|width| width.min(PADDED)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.header.is_empty() {
            return Ok(());
        }
        let widths = self.widths();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(value, width)| format!("{value:<width$}", width = *width)).collect();
            writeln!(f, "{}", cells.join(" | ").trim_end())?;
        }
        Ok(())
    }
}

/// Control characters escaped, length bounded, and what was cut counted.
fn one_line(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == most {
            out.push_str(&format!("…(+{})", text.chars().count() - most));
            break;
        }
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
