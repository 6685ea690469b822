//! What the tool returns.

use std::borrow::Cow;

use dbwright_contract::{Report, TokenBudget, clip};
use dbwright_finding::{Finding, Measurement};
use serde::Serialize;

use super::bench::Sample;

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is the advice, or part of it.
    Advised,
    /// It helps too, but less or at a higher price.
    Helps,
    /// It saves less than a fifth.
    NoGain,
    /// It would return other rows.
    NotEqual,
    /// It could not be tried.
    NotTried,
}

/// One remedy that was thought of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// `rewrite`, `setting`, `statistics`, `analyze`, `vacuum`, `index`, `advice`.
    pub kind: &'static str,
    /// What was done, in a line.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, or what it brought.
    pub result: String,
    /// Without it, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Measurement>,
    /// With it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Measurement>,
}

impl Tried {
    /// A trial that was measured.
    pub(super) fn measured(
        kind: &'static str,
        what: impl Into<String>,
        outcome: Outcome,
        (before, after): (&Sample, &Sample),
    ) -> Self {
        Self {
            kind,
            what: what.into(),
            outcome,
            result: format!("{} → {}", before.words(), after.words()),
            before: Some(before.measurement()),
            after: Some(after.measurement()),
        }
    }

    /// A trial that ended with words.
    pub(super) fn said(kind: &'static str, what: impl Into<String>, outcome: Outcome, why: impl Into<String>) -> Self {
        Self { kind, what: what.into(), outcome, result: why.into(), before: None, after: None }
    }
}

/// A statement's faults with their proven fixes.
#[derive(Debug, Clone, Serialize)]
pub struct TuneOutput {
    /// The database.
    pub database: String,
    /// The statement.
    pub statement: String,
    /// The values that it was measured with, where it has placeholders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_with: Option<String>,
    /// The statement as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Measurement>,
    /// What helps, measured; the best first.
    pub findings: Vec<Finding>,
    /// Everything that was tried, in a line each.
    pub tried: Vec<Tried>,
    /// How it was done.
    pub notes: Vec<String>,
    /// What was not done and why.
    pub gaps: Vec<String>,
    /// Wall time of the whole call.
    pub elapsed_ms: u64,
}

impl Report for TuneOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = String::new();
        if let Some(before) = self.before {
            let buffers = before.buffers.map(|buffers| format!("{buffers} pages, ")).unwrap_or_default();
            text.push_str(&format!("before: {buffers}{:.1} ms\n", before.ms.unwrap_or_default()));
        }
        if let Some(values) = &self.measured_with {
            text.push_str(&format!("measured with: {}\n", dbwright_sql::brief(values, 300)));
        }
        if self.findings.is_empty() {
            text.push_str("fixes: none that helps\n");
        }
        for finding in &self.findings {
            text.push_str(&format!("[{}] {}: {}\n", finding.severity, finding.rule, finding.title));
            if let Some(fix) = &finding.fix {
                for statement in &fix.statements {
                    text.push_str(&format!("  fix: {statement}\n"));
                }
                if let Some(notes) = &fix.notes {
                    text.push_str(&format!("  note: {notes}\n"));
                }
            }
        }
        for tried in &self.tried {
            text.push_str(&format!(
                "tried {}: {} → {}\n",
                tried.kind,
                dbwright_sql::brief(&tried.what, 160),
                tried.result
            ));
        }
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        for gap in &self.gaps {
            text.push_str(&format!("not done: {gap}\n"));
        }
        Cow::Owned(clip(&text, budget, "the list of what was tried").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
