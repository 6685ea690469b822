//! What a change came to.

use std::{borrow::Cow, fmt::Write as _};

use dbwright_contract::{Effect, Report, TokenBudget, clip};
use dbwright_finding::{How, Measured};
use serde::Serialize;

use super::{
    step::Step,
    verdict::{Fared, Runs},
};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; there was nothing to measure, or nothing that decides.
    Applied,
    /// Done, measured, and it stays.
    Kept,
    /// Done, measured, and taken back.
    Reverted,
    /// Not done: its effect was there before.
    AlreadyThere,
}

/// One statement before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatementMeasured {
    /// The statement, shortened.
    pub statement: String,
    /// As it was executed, with values for its placeholders.
    pub executed: String,
    /// Without the change.
    pub before: Runs,
    /// With it.
    pub after: Runs,
    /// The comparison in the shape of findings and learnings.
    pub measured: Measured,
    /// What it means.
    pub fared: Fared,
}

impl StatementMeasured {
    pub(super) fn new(statement: String, executed: String, before: Runs, after: Runs) -> Self {
        let measured = Measured::compare(How::Live, before.into(), after.into());
        Self { statement, executed, before, after, measured, fared: Fared::between(before, after) }
    }
}

/// The result of one action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The database.
    pub database: String,
    /// Hash of the action that was approved.
    pub hash: String,
    /// What it was allowed to do.
    pub effect: Effect,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so.
    pub reason: String,
    /// The statements that ran.
    pub steps: Vec<Step>,
    /// Statements that take it back; none where that is not possible or has been done.
    pub undo: Vec<String>,
    /// Statements before and after.
    pub measured: Vec<StatementMeasured>,
    /// What could not be measured or looked up.
    pub gaps: Vec<String>,
    /// The learning that was saved, its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning: Option<String>,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl Changed {
    /// The statement that tells most: the one that lost, else the one that gained most.
    pub fn decisive(&self) -> Option<&StatementMeasured> {
        let ratio = |measured: &&StatementMeasured| measured.measured.ratio.unwrap_or(1.0);
        self.measured
            .iter()
            .find(|measured| measured.fared == Fared::Lost)
            .or_else(|| self.measured.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b))))
    }
}

impl Report for Changed {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let word = match self.outcome {
            Outcome::Applied => "applied",
            Outcome::Kept => "applied, measured and kept",
            Outcome::Reverted => "applied, measured and taken back",
            Outcome::AlreadyThere => "nothing to do",
        };
        let mut out = format!("{}: {word}: {}\n", self.database, self.reason);
        for step in &self.steps {
            line(&mut out, format_args!("ran: {};", step.sql));
        }
        for StatementMeasured { statement, before, after, .. } in &self.measured {
            line(
                &mut out,
                format_args!(
                    "{} -> {} pages, {} -> {} ms ({}-{} -> {}-{}, {} runs): {statement}",
                    before.buffers,
                    after.buffers,
                    before.ms,
                    after.ms,
                    before.min_ms,
                    before.max_ms,
                    after.min_ms,
                    after.max_ms,
                    after.runs
                ),
            );
        }
        for gap in &self.gaps {
            line(&mut out, format_args!("gap: {gap}"));
        }
        for undo in &self.undo {
            line(&mut out, format_args!("undo: {undo};"));
        }
        if let Some(learning) = &self.learning {
            line(&mut out, format_args!("learning: {learning}"));
        }
        Cow::Owned(clip(&out, budget, "the JSON holds the rest").text.into_owned())
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}
