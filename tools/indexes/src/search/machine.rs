//! Questions out, answers in.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    cache::{PlanCost, Plans},
    greedy,
    limits::Limits,
    relax,
    view::{Prepared, View},
};

/// Rounds of building up and taking away.
const MOST_ROUNDS: usize = 4;

/// A statement as the search sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedQuery {
    /// How much one cost unit of it counts: executions, or time spent by cost.
    pub weight: f64,
    /// Candidates that can matter to it.
    pub relevant: Vec<usize>,
}

/// A candidate as the search sees it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SearchCandidate {
    /// Size on disk.
    pub bytes: u64,
    /// What it costs in writes, in the unit of weight times cost; zero where writes are unknown.
    pub price: f64,
    /// The same index without its INCLUDE columns.
    pub plain: Option<usize>,
    /// Whether it is asked about whatever else is better for a statement: it is so small that little is enough.
    pub always_asked: bool,
    /// A number for its table: only indexes of one table can be made one.
    pub table: usize,
}

/// What does this statement cost with these candidates in place, and no others?
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Candidates, ascending.
    pub set: Vec<usize>,
    /// Position of the statement.
    pub query: usize,
}

/// What the adapter found out.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The plan.
    Plan(PlanCost),
    /// The statement cannot be planned, with or without candidates.
    StatementFailed(String),
    /// The server will not have this candidate.
    CandidateRefused(usize, String),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Answer these, in any order; partly is fine.
    Ask(Vec<Question>),
    /// Nothing is left to ask.
    Done(Selection),
}

/// What the search settled on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Candidates to build, most valuable first.
    pub chosen: Vec<usize>,
    /// Each statement's plan without candidates; `None` where it failed.
    pub before: Vec<Option<PlanCost>>,
    /// Each statement's plan with all chosen ones.
    pub after: Vec<Option<PlanCost>>,
    /// Candidates left out although they would have helped alone, or that the server refused.
    pub rejected: Vec<(usize, String)>,
    /// Statements that could not be planned.
    pub failed: Vec<(usize, String)>,
}

/// The search.
#[derive(Debug, Clone)]
pub struct Search {
    pub(super) queries: Vec<WeightedQuery>,
    pub(super) candidates: Vec<SearchCandidate>,
    pub(super) limits: Limits,
    pub(super) plans: Vec<Plans>,
    pub(super) failed: BTreeMap<usize, String>,
    pub(super) refused: BTreeMap<usize, String>,
    progress: Progress,
}

/// How far the decisions have come: what was decided on full knowledge is not decided again.
#[derive(Debug, Clone, Default)]
struct Progress {
    prepared: Option<Arc<Prepared>>,
    chosen: Vec<usize>,
    /// The choice when the present round began.
    before_round: Vec<usize>,
    round: usize,
    phase: usize,
}

/// Changes a choice.
type Phase = fn(&View<'_>, Vec<usize>) -> Vec<usize>;

/// The parts of a round, in order.
const PHASES: [Phase; 5] = [greedy::extend, relax::leave_one_out, relax::exchange, relax::merge, relax::leave_one_out];

impl Search {
    /// A search that has asked nothing yet.
    pub fn new(queries: Vec<WeightedQuery>, candidates: Vec<SearchCandidate>, limits: Limits) -> Self {
        let plans = vec![Plans::default(); queries.len()];
        Self {
            queries,
            candidates,
            limits,
            plans,
            failed: BTreeMap::new(),
            refused: BTreeMap::new(),
            progress: Progress::default(),
        }
    }

    /// Takes one answer.
    pub fn answer(&mut self, question: &Question, answer: Answer) {
        match answer {
            Answer::Plan(plan) => {
                if let Some(plans) = self.plans.get_mut(question.query) {
                    plans.add(question.set.clone(), plan);
                }
            }
            Answer::StatementFailed(why) => {
                self.failed.insert(question.query, why);
                self.progress = Progress::default();
            }
            Answer::CandidateRefused(candidate, why) => {
                self.refused.insert(candidate, why);
                self.progress = Progress::default();
            }
        }
    }

    /// What to do next.
    pub fn step(&mut self) -> Step {
        let mut progress = std::mem::take(&mut self.progress);
        let view = View::asking(self, progress.prepared.clone());
        let decided = decide(&view, &mut progress);
        let step = if decided { view.selection(progress.chosen.clone()) } else { Selection::default() };
        let missing = view.into_missing();
        self.progress = progress;
        if missing.is_empty() { Step::Done(step) } else { Step::Ask(missing) }
    }

    /// The best choice with what is known now: for when time is up.
    pub fn best_so_far(&self) -> Selection {
        let view = View::settling(self, self.progress.prepared.clone());
        let mut progress = self.progress.clone();
        decide(&view, &mut progress);
        view.selection(progress.chosen)
    }
}

/// Goes on deciding until answers are missing; whether all is decided. A part that misses answers
/// is taken up again where it stopped: what comes after would be built on sand.
fn decide(view: &View<'_>, progress: &mut Progress) -> bool {
    if progress.prepared.is_none() {
        let Some(prepared) = view.prepare() else { return false };
        progress.prepared = Some(prepared);
    }
    while progress.round < MOST_ROUNDS {
        while let Some(phase) = PHASES.get(progress.phase) {
            progress.chosen = phase(view, std::mem::take(&mut progress.chosen));
            if view.is_blocked() {
                return false;
            }
            progress.phase += 1;
        }
        // What was dropped leaves room for others.
        let (chosen, before) = (&progress.chosen, &progress.before_round);
        let same = chosen.len() == before.len() && chosen.iter().all(|candidate| before.contains(candidate));
        progress.round = if same { MOST_ROUNDS } else { progress.round + 1 };
        progress.phase = 0;
        progress.before_round.clone_from(&progress.chosen);
    }
    true
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
