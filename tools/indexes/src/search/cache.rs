//! Answers of the planner, and what follows from them.

use std::collections::{BTreeSet, HashMap};

/// Less of a statement's cost is not worth a question.
const NEXT_TO_NOTHING: f64 = 0.02;

/// The planner's answer for one statement with some candidates in place.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCost {
    /// Total cost.
    pub cost: f64,
    /// Candidates that the plan uses, ascending.
    pub used: Vec<usize>,
}

/// Plans of one statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Plans {
    known: Vec<(Vec<usize>, PlanCost)>,
    exact: HashMap<Vec<usize>, usize>,
    combinations: BTreeSet<Vec<usize>>,
}

impl Plans {
    pub(super) fn add(&mut self, set: Vec<usize>, plan: PlanCost) {
        if plan.used.len() > 1 {
            self.combinations.insert(plan.used.clone());
        }
        self.exact.insert(set.clone(), self.known.len());
        self.known.push((set, plan));
    }

    /// The plan with exactly `set` in place: as answered, or inferred. A plan that was best
    /// among more candidates stays best among fewer as long as those that it uses are there.
    pub(super) fn get(&self, set: &[usize]) -> Option<&PlanCost> {
        let exact = self.exact.get(set).and_then(|&at| self.known.get(at));
        let inferred = || self.known.iter().find(|(known, plan)| is_subset(set, known) && is_subset(&plan.used, set));
        exact.or_else(inferred).map(|(_, plan)| plan).or_else(|| self.bracketed(set))
    }

    /// A plan that fewer candidates allow and that more of them would hardly better: what lies
    /// between need not be asked.
    fn bracketed(&self, set: &[usize]) -> Option<&PlanCost> {
        let upper = self.bound(set)?;
        let within = upper.cost * (1.0 - NEXT_TO_NOTHING);
        self.known.iter().any(|(known, plan)| plan.cost >= within && is_subset(set, known)).then_some(upper)
    }

    /// Candidates that some plan uses together.
    pub(super) fn combinations(&self) -> impl Iterator<Item = &Vec<usize>> {
        self.combinations.iter()
    }

    /// Every candidate that some plan uses.
    pub(super) fn used(&self) -> BTreeSet<usize> {
        self.known.iter().flat_map(|(_, plan)| plan.used.iter().copied()).collect()
    }

    /// An upper bound without asking: more candidates never cost more.
    pub(super) fn bound(&self, set: &[usize]) -> Option<&PlanCost> {
        self.known
            .iter()
            .filter(|(known, plan)| is_subset(known, set) || is_subset(&plan.used, set))
            .map(|(_, plan)| plan)
            .min_by(|a, b| a.cost.total_cmp(&b.cost))
    }
}

fn is_subset(small: &[usize], large: &[usize]) -> bool {
    small.iter().all(|item| large.binary_search(item).is_ok())
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
