//! Proof by execution: which of the chosen indexes really help.
//!
//! Estimated gain is not real gain: on a standard benchmark one advisor's set made a statement
//! five times slower while its estimate fell. So the survivors of the search are built on a copy
//! and every statement runs without and with them. The trial asks for those runs, drops what was
//! never scanned, what gained nothing and what made a statement worse, and asks again.

use std::collections::BTreeMap;

use dbwright_finding::Measurement;
use serde::{Deserialize, Serialize};

/// An index must save its best statement this share of buffers or time.
const LEAST_GAIN: f64 = 0.2;
/// No statement may get worse by more.
const MOST_LOSS: f64 = 0.1;
/// Differences below this many milliseconds, or pages, are noise.
const NOISE_MS: f64 = 0.5;
const NOISE_BUFFERS: f64 = 16.0;

/// One statement run with some indexes in place: the median of several executions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Median time, shared buffers touched, planner's cost.
    pub measurement: Measurement,
    /// Fastest execution in milliseconds.
    pub fastest_ms: f64,
    /// Slowest execution in milliseconds.
    pub slowest_ms: f64,
    /// Executions.
    pub runs: u32,
    /// Whether it was stopped at the time limit: then the time is a lower bound.
    pub timed_out: bool,
    /// Candidates that the plan scanned.
    pub used: Vec<usize>,
}

/// Run this statement with these candidates built, and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialQuestion {
    /// Position of the statement.
    pub query: usize,
    /// Candidates, ascending.
    pub set: Vec<usize>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum TrialStep {
    /// Run these, in this order.
    Ask(Vec<TrialQuestion>),
    /// Nothing is left to run.
    Done(Verdict),
}

/// What was proven.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// Indexes that stay.
    pub kept: Vec<usize>,
    /// Indexes that go, and why.
    pub dropped: Vec<(usize, String)>,
    /// For each statement that ran: without and with the kept indexes.
    pub runs: BTreeMap<usize, (Run, Run)>,
}

impl Run {
    /// Whether this run is more than a tenth worse than another one, beyond noise.
    pub fn is_worse_than(&self, before: &Self) -> bool {
        is_worse(before, self)
    }
}

/// A trial of a set of indexes.
#[derive(Debug, Clone)]
pub struct Trial {
    chosen: Vec<usize>,
    queries: Vec<usize>,
    runs: Vec<(TrialQuestion, Option<Run>)>,
}

impl Trial {
    /// A trial of `chosen` with those statements that may be executed.
    pub fn new(mut chosen: Vec<usize>, queries: Vec<usize>) -> Self {
        chosen.sort_unstable();
        Self { chosen, queries, runs: Vec::new() }
    }

    /// Takes one result; `None` where the statement could not be run.
    pub fn answer(&mut self, question: TrialQuestion, run: Option<Run>) {
        self.runs.push((question, run));
    }

    /// What to do next.
    pub fn step(&self) -> TrialStep {
        let mut kept = self.chosen.clone();
        let mut dropped = Vec::new();
        loop {
            let missing = self.missing(&kept);
            if !missing.is_empty() {
                return TrialStep::Ask(missing);
            }
            let runs = self.pairs(&kept);
            let gone = worst(&kept, &runs);
            if gone.is_empty() {
                return TrialStep::Done(Verdict { kept, dropped, runs });
            }
            kept.retain(|&other| !gone.iter().any(|(candidate, _)| *candidate == other));
            dropped.extend(gone);
        }
    }

    fn missing(&self, kept: &[usize]) -> Vec<TrialQuestion> {
        self.queries
            .iter()
            .flat_map(|&query| [Vec::new(), kept.to_vec()].map(|set| TrialQuestion { query, set }))
            .filter(|question| self.find(question).is_none())
            .collect()
    }

    /// The result of exactly this run, or of one with more candidates in place that used none of
    /// those that are missing here: the planner, having had the choice, chooses the same again.
    fn find(&self, question: &TrialQuestion) -> Option<&Option<Run>> {
        let of_query = || self.runs.iter().filter(|(known, _)| known.query == question.query);
        let exact = of_query().find(|(known, _)| known.set == question.set);
        let same_plan = || {
            of_query().find(|(known, run)| {
                let within = question.set.iter().all(|candidate| known.set.contains(candidate));
                let unchanged =
                    run.as_ref().is_none_or(|run| run.used.iter().all(|candidate| question.set.contains(candidate)));
                // Without any index is the yardstick: it is always measured by itself.
                within && unchanged && !question.set.is_empty()
            })
        };
        exact.or_else(same_plan).map(|(_, run)| run)
    }

    fn pairs(&self, kept: &[usize]) -> BTreeMap<usize, (Run, Run)> {
        self.queries
            .iter()
            .filter_map(|&query| {
                let run = |set: Vec<usize>| self.find(&TrialQuestion { query, set }).cloned().flatten();
                Some((query, (run(Vec::new())?, run(kept.to_vec())?)))
            })
            .collect()
    }
}

/// The indexes that deserve to go now: those that nothing scans all at once; otherwise one at a
/// time, since another may take its place or do better without it.
fn worst(kept: &[usize], runs: &BTreeMap<usize, (Run, Run)>) -> Vec<(usize, String)> {
    if runs.is_empty() {
        return Vec::new();
    }
    let users = |candidate: usize| {
        runs.values().filter(move |(_, after)| after.used.contains(&candidate)).collect::<Vec<&(Run, Run)>>()
    };
    let unused: Vec<(usize, String)> = kept
        .iter()
        .filter(|&&candidate| users(candidate).is_empty())
        .map(|&candidate| (candidate, "was not scanned by any statement when executed".to_owned()))
        .collect();
    if !unused.is_empty() {
        return unused;
    }
    // A statement that got worse loses the index that helps the others least; if it is still worse then, the next.
    for (query, (before, after)) in runs {
        if is_worse(before, after) {
            let culprit = after
                .used
                .iter()
                .copied()
                .filter(|candidate| kept.contains(candidate))
                .min_by(|a, b| best_saving(*a, runs).total_cmp(&best_saving(*b, runs)));
            if let Some(culprit) = culprit {
                let why = format!("made statement {} slower when executed: {}", query + 1, words(before, after));
                return vec![(culprit, why)];
            }
        }
    }
    kept.iter()
        .copied()
        .find_map(|candidate| {
            let users = users(candidate);
            let (before, after) = users.first()?;
            let helps = users.iter().any(|(before, after)| is_better(before, after));
            let why = || format!("gained less than 20 % when executed: {}", words(before, after));
            (!helps).then(|| (candidate, why()))
        })
        .into_iter()
        .collect()
}

fn best_saving(candidate: usize, runs: &BTreeMap<usize, (Run, Run)>) -> f64 {
    runs.values()
        .filter(|(_, after)| after.used.contains(&candidate))
        .map(|(before, after)| before.measurement.ms.unwrap_or(0.0) - after.measurement.ms.unwrap_or(0.0))
        .fold(0.0, f64::max)
}

fn is_better(before: &Run, after: &Run) -> bool {
    !is_worse(before, after)
        && !after.timed_out
        && (saves(before, after, buffers, NOISE_BUFFERS) || before.timed_out || saves(before, after, time, NOISE_MS))
}

/// Slower beyond noise: the fastest execution with the indexes takes longer than the slowest
/// without. More buffers alone are no loss while the time falls: an index touches the same page
/// many times.
pub(crate) fn is_worse(before: &Run, after: &Run) -> bool {
    if before.timed_out {
        return false;
    }
    let slower = after.timed_out || (grows(before, after, time, NOISE_MS) && after.fastest_ms > before.slowest_ms);
    let heavier = grows(before, after, buffers, NOISE_BUFFERS) && time(after) >= time(before);
    slower || heavier
}

fn saves(before: &Run, after: &Run, of: impl Fn(&Run) -> f64, noise: f64) -> bool {
    let saved = of(before) - of(after);
    saved >= noise && saved >= of(before) * LEAST_GAIN
}

fn grows(before: &Run, after: &Run, of: impl Fn(&Run) -> f64, noise: f64) -> bool {
    let grown = of(after) - of(before);
    grown >= noise && grown >= of(before) * MOST_LOSS
}

fn time(run: &Run) -> f64 {
    run.measurement.ms.unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
fn buffers(run: &Run) -> f64 {
    run.measurement.buffers.unwrap_or(0) as f64
}

fn words(before: &Run, after: &Run) -> String {
    format!(
        "{} to {} buffers, {:.1} to {:.1} ms",
        before.measurement.buffers.unwrap_or(0),
        after.measurement.buffers.unwrap_or(0),
        time(before),
        time(after)
    )
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
