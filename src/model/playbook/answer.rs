//! Words of an answer: every figure is a field of a tool result and names its source.

use std::fmt::Write as _;

use super::run::Answered;

/// What the playbook calls itself, at the end of every answer.
const SIGNATURE: &str = "_playbook: fixed procedures, no language model_";

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A plain number with thousands separated.
    Count,
    /// Milliseconds.
    Ms,
    /// Bytes, in the unit that fits.
    Bytes,
    /// A share from 0 to 1, as percent.
    Share,
    /// 8 kB pages.
    Pages,
}

/// A figure without its source.
pub(super) fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => grouped(value),
        Unit::Ms if value.abs() >= 10_000.0 => format!("{} s", thin(value / 1_000.0)),
        Unit::Ms => format!("{} ms", thin(value)),
        Unit::Bytes => bytes(value),
        Unit::Share => format!("{} %", thin(value * 100.0)),
        Unit::Pages => format!("{} pages", grouped(value)),
    }
}

/// The number at a pointer with its source; `None` where the result has none.
pub(super) fn sourced(answered: &Answered, pointer: &str, unit: Unit) -> Option<String> {
    let value = answered.number(pointer)?;
    Some(format!("{} ({})", figure(value, unit), answered.source))
}

/// The number at a pointer, without its source: for lines that name it once for all.
pub(super) fn plain(answered: &Answered, pointer: &str, unit: Unit) -> Option<String> {
    Some(figure(answered.number(pointer)?, unit))
}

/// Three significant digits, no needless fraction.
fn thin(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => return grouped(value.round()),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn grouped(value: f64) -> String {
    if value.fract() != 0.0 {
        return thin_fraction(value);
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 {
        out.push('-');
    }
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn thin_fraction(value: f64) -> String {
    if value.abs() >= 100.0 { grouped(value.round()) } else { thin(value) }
}

fn bytes(value: f64) -> String {
    let mut size = value;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if size.abs() < 1024.0 || unit == "TB" {
            return format!("{} {unit}", thin(size));
        }
        size /= 1024.0;
    }
    format!("{} B", grouped(value))
}

/// An answer in Markdown, put together part by part. Parts that have nothing to say are left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    text: String,
}

impl Answer {
    /// An answer that begins with one sentence.
    pub(super) fn new(headline: impl AsRef<str>) -> Self {
        Self { text: format!("{}\n", headline.as_ref().trim()) }
    }

    /// A paragraph.
    #[must_use]
    pub(super) fn paragraph(mut self, text: impl AsRef<str>) -> Self {
        let text = text.as_ref().trim();
        if !text.is_empty() {
            // Writing to a String cannot fail, here and below.
            let _ = write!(self.text, "\n{text}\n");
        }
        self
    }

    /// A heading with a list below it; nothing where the list is empty.
    #[must_use]
    pub(super) fn list(mut self, heading: &str, items: impl IntoIterator<Item = String>) -> Self {
        let items: Vec<String> = items.into_iter().collect();
        if items.is_empty() {
            return self;
        }
        if !heading.is_empty() {
            let _ = write!(self.text, "\n**{heading}**\n");
        }
        self.text.push('\n');
        for item in items {
            let _ = writeln!(self.text, "- {}", item.trim().replace('\n', "\n  "));
        }
        self
    }

    /// A numbered list.
    #[must_use]
    pub(super) fn numbered(mut self, items: impl IntoIterator<Item = String>) -> Self {
        for (n, item) in items.into_iter().enumerate() {
            let number = format!("{}. ", n + 1);
            let indent = format!("\n{}", " ".repeat(number.len()));
            let _ = write!(self.text, "\n{number}{}\n", item.trim().replace('\n', &indent));
        }
        self
    }

    /// A code block.
    #[must_use]
    pub(super) fn code(mut self, language: &str, code: &str) -> Self {
        let code = code.trim_end();
        if !code.is_empty() {
            let fence = if code.contains("```") { "````" } else { "```" };
            let _ = write!(self.text, "\n{fence}{language}\n{code}\n{fence}\n");
        }
        self
    }

    /// The end: what was not checked, what can be asked next, who speaks.
    pub(super) fn close(self, gaps: &[String], next: &str) -> String {
        let mut answer = self.list("Not checked", gaps.iter().cloned());
        if !next.is_empty() {
            answer = answer.paragraph(format!("Next: {next}"));
        }
        answer.paragraph(SIGNATURE).text.trim_end().to_owned()
    }
}

/// A figure with its noun: `1 row`, `150,000 rows`.
pub(super) fn figure_of(value: f64, noun: &str) -> String {
    let plural = if (value - 1.0).abs() < f64::EPSILON { "" } else { "s" };
    format!("{} {noun}{plural}", figure(value, Unit::Count))
}

/// `1 finding`, `2 findings`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = match (count, noun.ends_with('x')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
