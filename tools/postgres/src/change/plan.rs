//! The action as a whole: what runs, what takes it back, and the hash that an approval is for.
//!
//! Pure and deterministic: the same arguments give the same statements and the same hash, so that
//! what a person approved is what runs.

use dbwright_contract::Effect;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    error::ActionError,
    judge,
    step::{Lock, Step, StepKind},
};

/// Bytes of the hash that are shown: 48 bits, as much as a person will compare.
const HASH_BYTES: usize = 6;

/// What a measurement must show for the change to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// A statement must become better and none worse: an index, statistics.
    Improve,
    /// No statement may become worse: a dropped index, an option.
    NotWorse,
    /// Nothing is measured: nothing that a statement would show, or nothing that could be undone.
    Nothing,
}

/// An exact action on one database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionPlan {
    /// The database's configured name.
    pub database: String,
    /// The most that it does.
    pub effect: Effect,
    /// Statements in the order in which they run.
    pub steps: Vec<Step>,
    /// Statements that take it back, where they are known beforehand.
    pub undo: Vec<Step>,
    /// Statements that are measured before and after; they only read.
    pub measure: Vec<String>,
    /// What the measurement decides.
    pub expect: Expectation,
}

impl ActionPlan {
    /// Judges and renders the statements.
    ///
    /// # Errors
    /// [`ActionError`] for the first statement that is no direct action, or when there is none.
    pub fn new<S: AsRef<str>>(
        database: impl Into<String>,
        statements: &[S],
        undo: &[S],
        measure: Vec<String>,
    ) -> Result<Self, ActionError> {
        let steps = statements.iter().map(|sql| judge::step(sql.as_ref())).collect::<Result<Vec<_>, _>>()?;
        // A way back that cannot be run by us (a constraint, say) is not promised.
        let undo = undo.iter().map(|sql| judge::step(sql.as_ref())).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        let undo = if undo.is_empty() { derived_undo(&steps)? } else { undo };
        let effect = steps.iter().map(|step| step.kind.effect()).max();
        let effect = effect.ok_or_else(|| ActionError::Nothing("no statement was given".to_owned()))?;
        let expect = steps.iter().map(expectation).min_by_key(|expect| *expect as u8).unwrap_or(Expectation::Nothing);
        Ok(Self { database: database.into(), effect, steps, undo, measure, expect })
    }

    /// Short hex of the SHA-256 of the exact rendered action: database, statements, way back.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for part in std::iter::once(self.database.as_str())
            .chain(self.steps.iter().map(|step| step.sql.as_str()))
            .chain(std::iter::once("undo"))
            .chain(self.undo.iter().map(|step| step.sql.as_str()))
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    /// One line: the first statement, and how many follow.
    pub fn summary(&self) -> String {
        let first = self.steps.first().map(|step| step.sql.as_str()).unwrap_or_default();
        let more = match self.steps.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        format!("on {}: {}{more}", self.database, dbwright_sql::brief(first, 100))
    }

    /// The strongest lock of all statements.
    pub fn lock(&self) -> Lock {
        self.steps.iter().map(|step| step.lock).max().unwrap_or(Lock::None)
    }

    /// The approval card: statements with their locks, the way back, the hash.
    pub fn preview(&self) -> String {
        let mut card = format!("database: {}\n", self.database);
        for step in &self.steps {
            let together = if step.transactional { "in a transaction" } else { "by itself" };
            card.push_str(&format!(
                "{};\n-- lock: {} ({}), {together}\n",
                step.sql,
                step.lock.as_str(),
                step.lock.meaning()
            ));
        }
        if self.undo.is_empty() {
            card.push_str(match self.effect {
                Effect::Destroy => "-- undo: none, this cannot be taken back\n",
                Effect::Maintain => "-- undo: not needed, nothing is changed but statistics and storage\n",
                _ => "-- undo: what the catalog holds now; it is read before the change\n",
            });
        }
        for step in &self.undo {
            card.push_str(&format!("-- undo: {};\n", step.sql));
        }
        if !self.measure.is_empty() && self.expect != Expectation::Nothing {
            let count = self.measure.len();
            let plural = if count == 1 { "" } else { "s" };
            card.push_str(&format!(
                "-- measured before and after: {count} statement{plural}; {}\n",
                match self.expect {
                    Expectation::Improve => "taken back unless one gains 20 % and none loses 10 %",
                    Expectation::NotWorse | Expectation::Nothing => "taken back if one loses more than 10 %",
                }
            ));
        }
        card.push_str(&format!("hash: {}", self.hash()));
        card
    }
}

/// What is taken back without knowing what was there before.
fn derived_undo(steps: &[Step]) -> Result<Vec<Step>, ActionError> {
    let texts: Option<Vec<String>> = steps
        .iter()
        .rev()
        .map(|step| match &step.kind {
            StepKind::CreateIndex { index, concurrently: true, .. } => Some(format!("DROP INDEX CONCURRENTLY {index}")),
            StepKind::CreateIndex { index, concurrently: false, .. } => Some(format!("DROP INDEX {index}")),
            StepKind::CreateStatistics { statistics, .. } => Some(format!("DROP STATISTICS {statistics}")),
            // Its own effect needs no way back; it follows what was made before it.
            StepKind::Analyze { .. } => Some(String::new()),
            StepKind::DropIndex { .. }
            | StepKind::AttachIndex { .. }
            | StepKind::Reindex { .. }
            | StepKind::Vacuum { .. }
            | StepKind::DropStatistics { .. }
            | StepKind::Options { .. }
            | StepKind::StatisticsTarget { .. }
            | StepKind::ColumnOptions { .. }
            | StepKind::Validate { .. }
            | StepKind::Setting { .. }
            | StepKind::Reload
            | StepKind::EndSession { .. } => None,
        })
        .collect();
    texts.unwrap_or_default().iter().filter(|sql| !sql.is_empty()).map(|sql| judge::step(sql)).collect()
}

fn expectation(step: &Step) -> Expectation {
    match step.kind {
        StepKind::CreateIndex { .. } | StepKind::CreateStatistics { .. } => Expectation::Improve,
        StepKind::DropIndex { .. }
        | StepKind::DropStatistics { .. }
        | StepKind::Options { .. }
        | StepKind::StatisticsTarget { .. }
        | StepKind::ColumnOptions { .. } => Expectation::NotWorse,
        StepKind::AttachIndex { .. }
        | StepKind::Reindex { .. }
        | StepKind::Vacuum { .. }
        | StepKind::Analyze { .. }
        | StepKind::Validate { .. }
        | StepKind::Setting { .. }
        | StepKind::Reload
        | StepKind::EndSession { .. } => Expectation::Nothing,
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
