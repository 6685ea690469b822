//! The plan as a flame: width is time with everything below, depth goes down, colour is own time.

use std::fmt::Write as _;

use super::html::escape;
use crate::{
    summary::{NodeSummary, PlanSummary},
    units::{cut, ms, percent, short},
};

/// Units of the drawing's width; it scales with the page.
const WIDTH: f64 = 1000.0;
/// Height of one row.
const ROW: f64 = 20.0;
/// Width of one character.
const CHARACTER: f64 = 6.8;
/// Boxes narrower than this are not drawn: a plan of ten thousand nodes stays a small file.
const LEAST: f64 = 0.4;

/// Red from 40 %, yellow from 10 %: the bands of the terminal tree.
pub(super) fn band(share: f64) -> &'static str {
    match share {
        share if share >= 0.4 => "hot",
        share if share >= 0.1 => "warm",
        _ => "cold",
    }
}

/// An inline SVG; empty where nothing has a width.
pub(super) fn flame(plan: &PlanSummary) -> String {
    let spans = spans(plan);
    let all = spans.first().copied().unwrap_or_default();
    if all <= 0.0 {
        return String::new();
    }
    let mut body = String::new();
    // Where the next child of each node begins.
    let mut next: Vec<f64> = vec![0.0; plan.nodes.len()];
    let mut deepest = 0usize;
    for (row, span) in plan.nodes.iter().zip(&spans) {
        let left = row.parent.and_then(|parent| next.get(parent).copied()).unwrap_or_default();
        let width = span / all * WIDTH;
        if let Some(begin) = next.get_mut(row.id) {
            *begin = left;
        }
        if let Some(begin) = row.parent.and_then(|parent| next.get_mut(parent)) {
            *begin += width;
        }
        if width < LEAST {
            continue;
        }
        deepest = deepest.max(row.depth);
        draw(&mut body, row, left, width);
    }
    let height = ROW * (crate::node::count(deepest as u64) + 1.0);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Time of each node with everything below it\">\n{body}</svg>\n"
    )
}

/// Own time (or own cost) and that of everything below, for each node: own figures add up to the
/// statement, so that children never reach over their parent.
fn spans(plan: &PlanSummary) -> Vec<f64> {
    let mut spans: Vec<f64> = plan.nodes.iter().map(|row| row.self_ms.unwrap_or(row.share).max(0.0)).collect();
    for row in plan.nodes.iter().rev() {
        let span = spans.get(row.id).copied().unwrap_or_default();
        if let Some(parent) = row.parent.and_then(|parent| spans.get_mut(parent)) {
            *parent += span;
        }
    }
    spans
}

fn draw(out: &mut String, row: &NodeSummary, left: f64, width: f64) {
    let top = ROW * crate::node::count(row.depth as u64);
    let own =
        row.self_ms.map_or_else(|| format!("cost {}", short(row.cost.round())), |own| format!("{} itself", ms(own)));
    let _ = write!(
        out,
        "<g><title>{}: {own}, {} of the statement</title><rect class=\"{}\" x=\"{left:.2}\" y=\"{top}\" width=\"{width:.2}\" height=\"{ROW}\"/>",
        escape(&row.label),
        percent(row.share),
        band(row.share),
    );
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 147 characters")]
    let room = ((width - 6.0).max(0.0) / CHARACTER) as usize;
    if room >= 3 {
        let _ =
            write!(out, "<text x=\"{:.2}\" y=\"{}\">{}</text>", left + 4.0, top + 14.0, escape(&cut(&row.label, room)));
    }
    out.push_str("</g>\n");
}
