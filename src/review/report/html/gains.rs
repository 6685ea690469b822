//! What the tried fixes bring: before and after on one logarithmic axis for each unit.

use std::fmt::Write as _;

use dbwright_finding::{Finding, Measured};

use super::{
    super::{
        digest,
        words::{bytes, counted, grouped, millis, number, percent, short, times},
    },
    bars::{LogAxis, bar},
    markup::{anchor, breakable},
};
use crate::review::Review;

/// Rows of one chart.
const ROWS: usize = 25;

/// What both sides of a comparison are given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Pages of 8 kB.
    Pages,
    /// Milliseconds.
    Time,
    /// The planner's unit.
    Cost,
}

impl Unit {
    /// Stable ones first.
    pub(super) const ALL: [Self; 3] = [Self::Pages, Self::Time, Self::Cost];

    /// Both sides, where both were measured.
    #[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
    pub(super) fn sides(self, measured: &Measured) -> Option<(f64, f64)> {
        match self {
            Self::Pages => measured.before.buffers.zip(measured.after.buffers).map(|(b, a)| (b as f64, a as f64)),
            Self::Time => measured.before.ms.zip(measured.after.ms),
            Self::Cost => measured.before.cost.zip(measured.after.cost),
        }
    }

    /// The figure with its unit.
    pub(super) fn say(self, value: f64) -> String {
        match self {
            Self::Pages => format!("{} pages", grouped(format!("{value:.0}"))),
            Self::Time => millis(value),
            Self::Cost => format!("cost {}", number(value.round())),
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Pages => "Pages touched by a statement",
            Self::Time => "Time of a statement",
            Self::Cost => "Planner cost of a statement",
        }
    }

    const fn note(self) -> &'static str {
        match self {
            Self::Pages => "8 kB pages, executed before and after; the measure that does not depend on a warm cache",
            Self::Time => "median of several executions",
            Self::Cost => "estimated: planned with the fix, not executed",
        }
    }

    fn mark(self, value: f64) -> String {
        match self {
            Self::Time => millis(value),
            Self::Pages | Self::Cost => short(value),
        }
    }
}

/// The unit that the ratio of a comparison is in.
fn primary(measured: &Measured) -> Option<Unit> {
    Unit::ALL.into_iter().find(|unit| unit.sides(measured).is_some())
}

pub(super) fn section(out: &mut String, review: &Review) {
    let tried: Vec<(&Finding, Measured)> =
        review.findings.iter().filter_map(|finding| Some((finding, finding.measured?))).collect();
    if tried.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section id=\"gains\"><h2>What the fixes bring</h2><p class=\"lead\">{} tried before {} advised. \
         Each step of a bar's scale is ten times the last.</p>",
        counted(tried.len(), "fix").replace("fixs", "fixes"),
        if tried.len() == 1 { "it was" } else { "they were" }
    );
    for unit in Unit::ALL {
        let rows: Vec<&(&Finding, Measured)> =
            tried.iter().filter(|(_, measured)| primary(measured) == Some(unit)).take(ROWS).collect();
        chart(out, unit, &rows);
    }
    out.push_str("</section>");
}

fn chart(out: &mut String, unit: Unit, rows: &[&(&Finding, Measured)]) {
    let values =
        rows.iter().filter_map(|(_, measured)| unit.sides(measured)).flat_map(|(before, after)| [before, after]);
    let Some(axis) = LogAxis::over(values) else { return };
    let _ = write!(
        out,
        "<figure class=\"chart\"><figcaption><b>{}</b> {}</figcaption><ul class=\"rows\">",
        unit.title(),
        unit.note()
    );
    for (finding, measured) in rows {
        let Some((before, after)) = unit.sides(measured) else { continue };
        let ratio = measured.ratio.map(times).unwrap_or_default();
        let _ = write!(
            out,
            "<li><a href=\"#{}\">{}</a><b class=\"ratio\">{ratio}</b>{}</li>",
            anchor(&finding.id),
            breakable(&digest::object(finding)),
            pair(unit, axis, before, after)
        );
    }
    out.push_str("</ul><svg class=\"axis\" aria-hidden=\"true\">");
    for (value, position) in axis.decades() {
        let anchor = match position {
            position if position <= 0.0 => "start",
            position if position >= 1.0 => "end",
            _ => "middle",
        };
        let x = position * 100.0;
        let _ = write!(
            out,
            "<line x1=\"{x:.1}%\" x2=\"{x:.1}%\" y1=\"0\" y2=\"5\"/><text x=\"{x:.1}%\" y=\"18\" text-anchor=\"{anchor}\">{}</text>",
            unit.mark(value)
        );
    }
    out.push_str("</svg></figure>");
}

/// Both bars with their figures.
fn pair(unit: Unit, axis: LogAxis, before: f64, after: f64) -> String {
    let side = |word: &str, value: f64| {
        format!(
            "<span class=\"side\"><i>{word}</i>{}<em>{}</em></span>",
            bar(axis.position(value), word),
            unit.say(value)
        )
    };
    format!("<div class=\"pair\">{}{}</div>", side("before", before), side("after", after))
}

/// The comparison of one finding: each unit that was measured, on its own axis.
pub(super) fn comparison(measured: &Measured) -> String {
    let mut out = String::from("<div class=\"compare\">");
    let executed = Unit::Pages.sides(measured).is_some() || Unit::Time.sides(measured).is_some();
    for unit in Unit::ALL {
        if executed && unit == Unit::Cost {
            continue;
        }
        let Some((before, after)) = unit.sides(measured) else { continue };
        let Some(axis) = LogAxis::over([before, after].into_iter()) else { continue };
        out.push_str(&pair(unit, axis, before, after));
    }
    if let Some(ratio) = measured.ratio {
        let less = if ratio > 1.0 { format!(" better: {} less", percent(1.0 - 1.0 / ratio)) } else { String::new() };
        let _ = write!(out, "<p class=\"ratio\"><b>{}</b>{less}</p>", times(ratio));
    }
    out.push_str("</div>");
    out
}

/// Bytes for people; absent figures say so.
pub(super) fn size(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), bytes)
}
