//! The two faces of a plan: figures for programs, findings and compact lines for the model.

use std::borrow::Cow;

use dbwright_contract::{Report, TokenBudget, clip};
use dbwright_finding::Finding;
use dbwright_plan::PlanSummary;
use serde::Serialize;

/// Whether the statement ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real rows, times and buffers.
    Executed,
    /// The planner's expectations only.
    Estimated,
}

/// Where the values for placeholders came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterSource {
    /// The statement has none.
    None,
    /// The caller.
    Given,
    /// A row of the table, or its histogram.
    Sampled,
    /// Nowhere: the plan holds for any values.
    Generic,
}

/// How placeholders were dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameters {
    /// Where values came from.
    pub source: ParameterSource,
    /// The statement with values in place, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// A plan, what is wrong with it, and how it was obtained.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainOutput {
    /// The database.
    pub database: String,
    /// Whether the statement ran.
    pub mode: Mode,
    /// How placeholders were dealt with.
    pub parameters: Parameters,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// One line a node.
    pub compact: String,
    /// The plan as rows, for drawing.
    pub summary: PlanSummary,
    /// What was not done and why.
    pub notes: Vec<String>,
}

impl Report for ExplainOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = String::new();
        let source = match self.parameters.source {
            ParameterSource::None => "",
            ParameterSource::Given => " with the given values",
            ParameterSource::Sampled => " with sampled values",
            ParameterSource::Generic => ", generic plan for any values",
        };
        text.push_str(match self.mode {
            Mode::Executed => "executed",
            Mode::Estimated => "estimated",
        });
        text.push_str(source);
        if let Some(statement) =
            self.parameters.statement.as_ref().filter(|_| self.parameters.source == ParameterSource::Sampled)
        {
            text.push_str(&format!(": {}", dbwright_sql::brief(statement, 300)));
        }
        text.push('\n');
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        if self.findings.is_empty() {
            text.push_str("findings: none\n");
        }
        for finding in &self.findings {
            text.push_str(&format!("[{}] {}: {}\n", finding.severity, finding.rule, finding.title));
            if let Some(fix) = &finding.fix {
                let words = fix.statements.iter().map(String::as_str).chain(fix.notes.as_deref());
                text.push_str(&format!("  fix: {}\n", words.collect::<Vec<_>>().join("; ")));
            }
        }
        text.push_str("plan:\n");
        text.push_str(&self.compact);
        Cow::Owned(clip(&text, budget, "the plan's last lines; explain a part of the statement").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
