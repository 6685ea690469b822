//! Findings as compact lines for a model.

use std::fmt::Write as _;

use dbwright_finding::Finding;

/// Statements of a fix that are shown; the JSON face has them all.
const STATEMENTS: usize = 6;

/// One line a finding with its place and its fix, then the gaps.
pub(super) fn findings_text(findings: &[Finding], gaps: &[String]) -> String {
    let mut text = String::new();
    for finding in findings {
        let place = finding.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.line)).unwrap_or_default();
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{} {} [{}] {place}{}", finding.severity, finding.rule, finding.id, finding.title);
        let Some(fix) = &finding.fix else { continue };
        for statement in fix.statements.iter().take(STATEMENTS) {
            let _ = writeln!(text, "  fix: {}", statement.replace('\n', "\n       "));
        }
        if let Some(notes) = fix.notes.as_ref().filter(|_| fix.statements.is_empty()) {
            let _ = writeln!(text, "  fix: {notes}");
        }
    }
    for gap in gaps {
        let _ = writeln!(text, "not checked: {gap}");
    }
    text
}
