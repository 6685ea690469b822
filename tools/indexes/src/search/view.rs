//! One replay's view of the answers: looks up, infers, and notes what is missing.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::machine::{Question, Search, Selection, WeightedQuery};

/// Layers of alternatives that are looked for: behind the fourth nothing was ever chosen in the
/// measured workloads.
const LAYERS: usize = 4;

/// Candidates of one table that are kept in a question for what they do alone: two, since a table may occur twice.
const BEST_OF_TABLE: usize = 2;

/// What holds for a whole search once the first answers are in.
#[derive(Debug, Clone, Default)]
pub(super) struct Prepared {
    /// Statements that the candidates help at all.
    promising: Vec<usize>,
    /// For each statement, the candidates that passed the filter and that some plan of it used: alone,
    /// or with others. The planner has had the choice of each, so the rest means nothing to it.
    relevant: Vec<Vec<usize>>,
    /// For each statement, what it costs with one candidate that it then uses.
    alone: Vec<BTreeMap<usize, f64>>,
}

/// The answers, read during one step.
pub(super) struct View<'a> {
    pub(super) search: &'a Search,
    /// For each statement, the candidates that the server accepts, ascending.
    all: Vec<Vec<usize>>,
    prepared: OnceCell<Arc<Prepared>>,
    /// `None` while settling: then bounds stand in for missing answers.
    missing: Option<RefCell<BTreeSet<Question>>>,
}

impl<'a> View<'a> {
    pub(super) fn asking(search: &'a Search, prepared: Option<Arc<Prepared>>) -> Self {
        Self::new(search, Some(RefCell::default()), prepared)
    }

    pub(super) fn settling(search: &'a Search, prepared: Option<Arc<Prepared>>) -> Self {
        Self::new(search, None, prepared)
    }

    fn new(search: &'a Search, missing: Option<RefCell<BTreeSet<Question>>>, prepared: Option<Arc<Prepared>>) -> Self {
        let accepted = |query: &WeightedQuery| {
            let mut relevant: Vec<usize> =
                query.relevant.iter().copied().filter(|candidate| !search.refused.contains_key(candidate)).collect();
            relevant.sort_unstable();
            relevant
        };
        let all = search.queries.iter().map(accepted).collect();
        let cell = OnceCell::new();
        if let Some(prepared) = prepared {
            let _ = cell.set(prepared);
        }
        Self { search, all, prepared: cell, missing }
    }

    pub(super) fn into_missing(self) -> Vec<Question> {
        self.missing.map(RefCell::into_inner).unwrap_or_default().into_iter().collect()
    }

    /// Whether a question was noted in this replay.
    pub(super) fn is_blocked(&self) -> bool {
        self.missing.as_ref().is_some_and(|missing| !missing.borrow().is_empty())
    }

    /// Statements that can be planned.
    pub(super) fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.search.queries.len()).filter(|query| !self.search.failed.contains_key(query))
    }

    /// Candidates of a statement that the server accepts, ascending.
    fn all(&self, query: usize) -> &[usize] {
        self.all.get(query).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that passed the filter: that some statement's plan used, among all or when better ones were away.
    pub(super) fn relevant(&self, query: usize) -> &[usize] {
        let relevant = self.prepared.get().map(|prepared| prepared.relevant.as_slice()).unwrap_or_default();
        relevant.get(query).map(Vec::as_slice).unwrap_or_default()
    }

    /// Statements that the candidates help at all.
    pub(super) fn promising(&self) -> &[usize] {
        self.prepared.get().map(|prepared| prepared.promising.as_slice()).unwrap_or_default()
    }

    fn filtered(&self, promising: &[usize]) -> Vec<Vec<usize>> {
        let mut alive: Vec<bool> = self.search.candidates.iter().map(|candidate| candidate.always_asked).collect();
        let mut keep = |candidate: usize| {
            if let Some(slot) = alive.get_mut(candidate) {
                *slot = true;
            }
        };
        for &query in promising {
            for candidate in self.peeled(query) {
                keep(candidate);
                if let Some(plain) = self.search.candidates.get(candidate).and_then(|known| known.plain) {
                    keep(plain);
                }
            }
        }
        let is_alive = |candidate: &usize| alive.get(*candidate).copied().unwrap_or(false);
        self.all.iter().map(|all| all.iter().copied().filter(is_alive).collect()).collect()
    }

    /// Candidates that a statement's plans use as the best ones are taken away layer by layer: the
    /// alternatives that are worth a question of their own.
    fn peeled(&self, query: usize) -> Vec<usize> {
        let limits = &self.search.limits;
        let before = self.cost(query, &[]);
        let mut rest = self.all(query).to_vec();
        let mut peeled = Vec::new();
        for _ in 0..LAYERS {
            let Some(plan) = self.plan(query, &rest) else { break };
            if plan.used.is_empty() || !limits.is_gain(before, plan.cost) {
                break;
            }
            peeled.extend(&plan.used);
            rest.retain(|candidate| !plan.used.contains(candidate));
        }
        peeled
    }

    pub(super) fn weight(&self, query: usize) -> f64 {
        self.search.queries.get(query).map_or(0.0, |query| query.weight)
    }

    pub(super) fn bytes(&self, candidate: usize) -> u64 {
        self.search.candidates.get(candidate).map_or(0, |candidate| candidate.bytes)
    }

    pub(super) fn table(&self, candidate: usize) -> Option<usize> {
        self.search.candidates.get(candidate).map(|candidate| candidate.table)
    }

    pub(super) fn price(&self, candidate: usize) -> f64 {
        self.search.candidates.get(candidate).map_or(0.0, |candidate| candidate.price)
    }

    /// The cost of a statement with `set` in place. NaN, and a question noted, where it is not
    /// known: NaN fails every comparison, so nothing is decided on it.
    pub(super) fn cost(&self, query: usize, set: &[usize]) -> f64 {
        self.plan(query, set).map_or(f64::NAN, |plan| plan.cost)
    }

    pub(super) fn plan(&self, query: usize, set: &[usize]) -> Option<&super::cache::PlanCost> {
        let set = self.reduced(query, set);
        let plans = self.search.plans.get(query)?;
        if let Some(plan) = plans.get(&set) {
            return Some(plan);
        }
        match &self.missing {
            Some(missing) => {
                let question = Question { query, set };
                missing.borrow_mut().insert(question);
                None
            }
            None => plans.bound(&set),
        }
    }

    /// The part of a set that can mean something to a statement: the best alone on each table, and
    /// the combinations that some plan of it has used. What else is in the set would have been
    /// chosen instead of these, and was not.
    fn reduced(&self, query: usize, set: &[usize]) -> Vec<usize> {
        let Some(prepared) = self.prepared.get() else {
            let all = self.all(query);
            return sorted(set.iter().copied().filter(|candidate| all.binary_search(candidate).is_ok()).collect());
        };
        let (Some(alone), Some(plans)) = (prepared.alone.get(query), self.search.plans.get(query)) else {
            return Vec::new();
        };
        let mut by_table: BTreeMap<Option<usize>, Vec<(f64, usize)>> = BTreeMap::new();
        for &candidate in set {
            if let Some(&cost) = alone.get(&candidate) {
                by_table.entry(self.table(candidate)).or_default().push((cost, candidate));
            }
        }
        let mut kept: Vec<usize> = Vec::new();
        for best in by_table.values_mut() {
            best.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            kept.extend(best.iter().take(BEST_OF_TABLE).map(|(_, candidate)| candidate));
        }
        let together = plans.combinations().filter(|used| used.iter().all(|candidate| set.contains(candidate)));
        kept.extend(together.flatten());
        sorted(kept)
    }

    /// Asks for every statement without candidates and with all of them: two plans each, the
    /// cheapest filter there is. Then what the plans use when the best candidates are away, and each
    /// of those alone. `None` while answers are missing.
    pub(super) fn prepare(&self) -> Option<Arc<Prepared>> {
        for query in self.live() {
            self.plan(query, &[]);
            self.plan(query, self.all(query));
        }
        if self.is_blocked() {
            return None;
        }
        let limits = &self.search.limits;
        let promising: Vec<usize> = self
            .live()
            .filter(|&query| limits.is_gain(self.cost(query, &[]), self.cost(query, self.all(query))))
            .collect();
        for &query in &promising {
            self.peeled(query);
        }
        if self.is_blocked() {
            return None;
        }
        let relevant = self.filtered(&promising);
        for &query in &promising {
            for &candidate in relevant.get(query).into_iter().flatten() {
                self.plan(query, &[candidate]);
            }
        }
        if self.is_blocked() {
            return None;
        }
        let alone = relevant
            .iter()
            .enumerate()
            .map(|(query, relevant)| {
                let used = |&candidate: &usize| {
                    let plan = self.plan(query, &[candidate])?;
                    (!plan.used.is_empty()).then_some((candidate, plan.cost))
                };
                let promising = promising.contains(&query);
                relevant.iter().filter(|_| promising).filter_map(used).collect()
            })
            .collect();
        let relevant = relevant
            .into_iter()
            .enumerate()
            .map(|(query, mut relevant)| {
                let used = self.search.plans.get(query).map(super::cache::Plans::used).unwrap_or_default();
                relevant.retain(|candidate| used.contains(candidate));
                relevant
            })
            .collect();
        let prepared = Arc::new(Prepared { promising, relevant, alone });
        Some(Arc::clone(self.prepared.get_or_init(|| prepared)))
    }

    /// Cost of the whole workload with `set` in place.
    fn total(&self, set: &[usize]) -> f64 {
        let promising = self.promising();
        let cost = |query| if promising.contains(&query) { self.cost(query, set) } else { self.cost(query, &[]) };
        self.live().map(|query| self.weight(query) * cost(query)).filter(|cost| cost.is_finite()).sum()
    }

    /// Whether going from one set to the other is worth an index to some statement: much of what
    /// it costs now, and much of what it cost at first or of what the whole workload costs by now.
    /// Without the latter a second index would be taken for a last small part of a statement that
    /// is fast already; with a share of the first total alone, one monster would hide all others.
    pub(super) fn helps_someone(&self, queries: &[usize], from: &[usize], to: &[usize]) -> bool {
        let limits = &self.search.limits;
        let mut total = None;
        queries.iter().any(|&query| {
            let (before, after) = (self.cost(query, from), self.cost(query, to));
            if !limits.is_gain(before, after) {
                return false;
            }
            let saved = before - after;
            saved >= self.cost(query, &[]) * limits.least_of_first
                || self.weight(query) * saved
                    >= *total.get_or_insert_with(|| self.total(from)) * limits.least_of_workload
        })
    }

    /// Packs a decision up with the plans that it rests on.
    pub(super) fn selection(&self, chosen: Vec<usize>) -> Selection {
        let count = self.search.queries.len();
        let mut selection = Selection {
            before: vec![None; count],
            after: vec![None; count],
            failed: self.search.failed.iter().map(|(query, why)| (*query, why.clone())).collect(),
            rejected: self.search.refused.iter().map(|(candidate, why)| (*candidate, why.clone())).collect(),
            ..Selection::default()
        };
        for query in self.live() {
            let before = self.plan(query, &[]).cloned();
            let after =
                if self.promising().contains(&query) { self.plan(query, &chosen).cloned() } else { before.clone() };
            if let (Some(b), Some(a)) = (selection.before.get_mut(query), selection.after.get_mut(query)) {
                *b = before;
                *a = after;
            }
        }
        selection.rejected.extend(self.passed_over(&chosen));
        selection.chosen = chosen;
        selection
    }

    /// Candidates that would have helped alone.
    fn passed_over(&self, chosen: &[usize]) -> Vec<(usize, String)> {
        let promising = self.promising();
        let mut found: Vec<(usize, f64)> = Vec::new();
        for candidate in 0..self.search.candidates.len() {
            if chosen.contains(&candidate) || self.search.refused.contains_key(&candidate) {
                continue;
            }
            let saved: f64 = promising
                .iter()
                .filter(|&&query| self.relevant(query).contains(&candidate))
                .map(|&query| (self.cost(query, &[]) - self.cost(query, &[candidate])).max(0.0) * self.weight(query))
                .sum();
            if saved > 0.0 {
                found.push((candidate, saved));
            }
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let why = |candidate: usize, saved: f64| {
            if self.price(candidate) >= saved {
                "its upkeep by the writing statements would cost more than it saves"
            } else if chosen.len() >= self.search.limits.max_indexes {
                "the number of indexes is used up by more valuable ones"
            } else {
                "the chosen indexes serve the same statements at least as well for their size and writes"
            }
        };
        found.into_iter().map(|(candidate, saved)| (candidate, why(candidate, saved).to_owned())).collect()
    }
}

fn sorted(mut set: Vec<usize>) -> Vec<usize> {
    set.sort_unstable();
    set.dedup();
    set
}
