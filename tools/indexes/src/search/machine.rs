//! Questions out, answers in.

use std::collections::BTreeMap;

use super::{
    cache::{PlanCost, Plans},
    greedy,
    limits::Limits,
    relax,
    view::View,
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
}

impl Search {
    /// A search that has asked nothing yet.
    pub fn new(queries: Vec<WeightedQuery>, candidates: Vec<SearchCandidate>, limits: Limits) -> Self {
        let plans = vec![Plans::default(); queries.len()];
        Self { queries, candidates, limits, plans, failed: BTreeMap::new(), refused: BTreeMap::new() }
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
            }
            Answer::CandidateRefused(candidate, why) => {
                self.refused.insert(candidate, why);
            }
        }
    }

    /// What to do next.
    pub fn step(&self) -> Step {
        let view = View::asking(self);
        let chosen = decide(&view);
        if !view.is_blocked() {
            let selection = view.selection(chosen);
            if !view.is_blocked() {
                return Step::Done(selection);
            }
        }
        Step::Ask(view.into_missing())
    }

    /// The best choice with what is known now: for when time is up.
    pub fn best_so_far(&self) -> Selection {
        let view = View::settling(self);
        let chosen = decide(&view);
        view.selection(chosen)
    }
}

/// All decisions, replayed. A phase that misses answers ends the replay: what comes after would
/// be built on sand.
fn decide(view: &View<'_>) -> Vec<usize> {
    let mut chosen = Vec::new();
    if view.prepare() {
        for _ in 0..MOST_ROUNDS {
            let before = chosen.clone();
            chosen = greedy::extend(view, chosen);
            for relax in [relax::leave_one_out, relax::exchange, relax::merge, relax::leave_one_out] {
                if !view.is_blocked() {
                    chosen = relax(view, chosen);
                }
            }
            // What was dropped leaves room for others.
            let same = chosen.len() == before.len() && chosen.iter().all(|candidate| before.contains(candidate));
            if same || view.is_blocked() {
                break;
            }
        }
    }
    chosen
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
