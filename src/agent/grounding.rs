//! No number without evidence: figures of an answer that no tool result contains.

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;

use crate::model::Item;

/// A figure: digits with optional grouping and decimals, and a unit that changes its magnitude.
static FIGURE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?P<n>\d[\d,_ ]*\d|\d)(?P<d>\.\d+)?\s*(?P<u>[kKMGT]i?B|[kKM]\b|ms\b|s\b|%)?").ok());

/// Figures of `answer` that stand in no tool result and no question of the transcript, as they are
/// written there. Small counting numbers (up to 12), list markers and figures inside fenced code
/// are left out: code is a proposal, not a claim. Rounding is accepted when the rounded figure
/// agrees with some evidence within its own last digit, also across the usual units
/// (B/kB/MB/GB, ms/s, thousands, percent).
pub fn ungrounded_figures(answer: &str, items: &[Item]) -> Vec<String> {
    let mut evidence: Vec<f64> = Vec::new();
    for item in items {
        match item {
            Item::User { text } => evidence.extend(figures(text).map(|figure| figure.value)),
            Item::Tool(reply) => {
                evidence.extend(figures(&reply.text).map(|figure| figure.value));
                evidence.extend(figures(&reply.json.to_string()).map(|figure| figure.value));
            }
            Item::Assistant { .. } => {}
        }
    }
    evidence.sort_by(f64::total_cmp);
    let prose = without_code(answer);
    let mut seen = HashSet::new();
    figures(&prose)
        .filter(|figure| figure.value > 12.0 || figure.decimals > 0)
        .filter(|figure| !is_grounded(figure, &evidence))
        .map(|figure| figure.written)
        .filter(|written| seen.insert(written.clone()))
        .collect()
}

struct Figure {
    written: String,
    value: f64,
    decimals: i32,
}

fn figures(text: &str) -> impl Iterator<Item = Figure> + '_ {
    FIGURE.iter().flat_map(move |pattern| pattern.captures_iter(text)).filter_map(|captures| {
        let whole: String = captures.name("n")?.as_str().chars().filter(char::is_ascii_digit).collect();
        let fraction = captures.name("d").map_or("", |part| part.as_str());
        let value = format!("{whole}{fraction}").parse().ok()?;
        let decimals = i32::try_from(fraction.len().saturating_sub(1)).unwrap_or(0);
        Some(Figure { written: captures.get(0)?.as_str().trim().to_owned(), value, decimals })
    })
}

/// Factors between a figure in evidence and the same figure as people write it.
const FACTORS: [f64; 12] =
    [1.0, 1e3, 1e6, 1e9, 1e-3, 100.0, 0.01, 1024.0, 1_048_576.0, 1_073_741_824.0, 8192.0, 60_000.0];

fn is_grounded(figure: &Figure, evidence: &[f64]) -> bool {
    let half_digit = 0.5 * 10f64.powi(-figure.decimals);
    // People round large figures to two or three digits.
    let slack = half_digit.max(figure.value * 0.005);
    FACTORS.iter().any(|factor| {
        let low = (figure.value - slack) * factor;
        let high = (figure.value + slack) * factor;
        let at = evidence.partition_point(|value| *value < low);
        evidence.get(at).is_some_and(|value| *value <= high)
    })
}

fn without_code(text: &str) -> String {
    let mut fenced = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fence && !fenced
        })
        .map(|line| {
            // Inline code: identifiers and SQL, not claims.
            line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
#[path = "grounding_tests.rs"]
mod tests;
