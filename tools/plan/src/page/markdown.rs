//! Markdown for issues and reviews: the findings, then the tree as it stands in a terminal.

use std::fmt::Write as _;

use dbwright_finding::Finding;

use super::html::totals;
use crate::{summary::PlanSummary, tree::tree_of};

/// Columns of the tree: what code hosts show without a scroll bar.
const WIDTH: usize = 110;

/// The document.
pub fn markdown(plan: &PlanSummary, heading: &str, findings: &[Finding]) -> String {
    let mut out = format!("# Query plan: {}\n\n", inline(&totals(plan)));
    for line in heading.trim().lines() {
        let _ = writeln!(out, "{}  ", inline(line));
    }
    out.push('\n');
    for finding in findings {
        let _ = write!(
            out,
            "## {}\n\n`{}`, {}, {}\n\n",
            inline(&finding.title),
            finding.rule,
            finding.severity,
            finding.confidence
        );
        if !finding.why.is_empty() {
            let _ = write!(out, "{}\n\n", inline(&finding.why));
        }
        let Some(fix) = &finding.fix else { continue };
        let mut sql: Vec<String> = fix.statements.iter().map(|sql| terminated(sql)).collect();
        if !fix.undo.is_empty() {
            sql.push("-- to undo it:".to_owned());
            sql.extend(fix.undo.iter().map(|sql| terminated(sql)));
        }
        if !fix.statements.is_empty() {
            out.push_str(&fenced("sql", &sql.join("\n")));
        }
        if let Some(notes) = &fix.notes {
            let _ = write!(out, "{}\n\n", inline(notes));
        }
    }
    if findings.is_empty() {
        out.push_str("Nothing takes a noticeable share of the statement.\n\n");
    }
    out.push_str("## Plan\n\n");
    out.push_str(&fenced("text", &tree_of(plan, WIDTH, false)));
    out
}

fn terminated(sql: &str) -> String {
    format!("{};", sql.trim().trim_end_matches(';'))
}

/// A code block whose fence is longer than any run of backticks in it.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n\n")
}

/// One line of text in which nothing is markup.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
