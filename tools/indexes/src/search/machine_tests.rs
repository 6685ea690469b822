use super::*;

/// A planner by table: the cheapest entry whose candidates are all there.
struct Planner {
    plans: Vec<Vec<(Vec<usize>, f64)>>,
    asked: usize,
}

impl Planner {
    fn answer(&mut self, question: &Question) -> Answer {
        self.asked += 1;
        let (used, cost) = self.plans[question.query]
            .iter()
            .filter(|(used, _)| used.iter().all(|candidate| question.set.contains(candidate)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .cloned()
            .unwrap();
        Answer::Plan(PlanCost { cost, used })
    }

    fn run(&mut self, mut search: Search) -> Selection {
        loop {
            match search.step() {
                Step::Done(selection) => return selection,
                Step::Ask(questions) => {
                    assert!(!questions.is_empty());
                    for question in questions {
                        let answer = self.answer(&question);
                        search.answer(&question, answer);
                    }
                }
            }
        }
    }
}

fn search(relevant: &[&[usize]], bytes: &[u64], limits: Limits) -> Search {
    let queries = relevant.iter().map(|relevant| WeightedQuery { weight: 1.0, relevant: relevant.to_vec() }).collect();
    let candidates = bytes.iter().map(|&bytes| SearchCandidate { bytes, ..SearchCandidate::default() }).collect();
    Search::new(queries, candidates, limits)
}

#[test]
fn the_index_that_serves_best_replaces_the_smaller_one() {
    let mut planner = Planner { plans: vec![vec![(vec![], 20_000.0), (vec![0], 500.0), (vec![1], 4.0)]], asked: 0 };
    let selection = planner.run(search(&[&[0, 1]], &[1 << 20, 8 << 20], Limits::default()));
    assert_eq!(selection.chosen, [1]);
    assert_eq!(selection.after[0].as_ref().map(|plan| plan.cost), Some(4.0));
    assert_eq!(selection.rejected.len(), 1);
}

#[test]
fn two_indexes_that_only_help_together_are_found() {
    let plans = vec![vec![(vec![], 50_000.0), (vec![0], 49_000.0), (vec![1], 48_500.0), (vec![0, 1], 10.0)]];
    let selection = Planner { plans, asked: 0 }.run(search(&[&[0, 1]], &[1 << 20, 1 << 20], Limits::default()));
    assert_eq!(selection.chosen.len(), 2);
}

#[test]
fn small_gains_and_unused_candidates_are_left_alone() {
    let plans = vec![vec![(vec![], 1000.0), (vec![0], 900.0)], vec![(vec![], 60.0), (vec![0], 1.0)]];
    let selection = Planner { plans, asked: 0 }.run(search(&[&[0], &[0]], &[8192], Limits::default()));
    assert_eq!(selection.chosen, Vec::<usize>::new());
}

#[test]
fn budgets_hold() {
    let plans = || vec![vec![(vec![], 9_000.0), (vec![0], 10.0)], vec![(vec![], 8_000.0), (vec![1], 10.0)]];
    let by_count = Limits { max_indexes: 1, ..Limits::default() };
    let selection = Planner { plans: plans(), asked: 0 }.run(search(&[&[0], &[1]], &[1 << 20, 1 << 20], by_count));
    assert_eq!(selection.chosen, [0]);
    let by_bytes = Limits { budget_bytes: Some(3 << 20), ..Limits::default() };
    let selection = Planner { plans: plans(), asked: 0 }.run(search(&[&[0], &[1]], &[4 << 20, 1 << 20], by_bytes));
    assert_eq!(selection.chosen, [1]);
}

#[test]
fn a_price_in_writes_can_outweigh_the_reads() {
    let mut search = search(&[&[0]], &[1 << 20], Limits::default());
    search.candidates[0].price = 1e9;
    let plans = vec![vec![(vec![], 9_000.0), (vec![0], 10.0)]];
    assert_eq!(Planner { plans, asked: 0 }.run(search).chosen, Vec::<usize>::new());
}

#[test]
fn a_failed_statement_and_a_refused_candidate_are_no_obstacle() {
    let mut search = search(&[&[0, 1], &[0]], &[1 << 20, 1 << 20], Limits::default());
    search.answer(&Question { query: 1, set: vec![] }, Answer::StatementFailed("no such column".into()));
    search.answer(&Question { query: 0, set: vec![0] }, Answer::CandidateRefused(0, "no operator class".into()));
    let plans = vec![vec![(vec![], 9_000.0), (vec![0], 1.0), (vec![1], 10.0)], vec![]];
    let selection = Planner { plans, asked: 0 }.run(search);
    assert_eq!(selection.chosen, [1]);
    assert_eq!(selection.failed, [(1, "no such column".to_owned())]);
    assert_eq!(selection.rejected, [(0, "no operator class".to_owned())]);
}

#[test]
fn an_interrupted_search_still_has_an_answer() {
    let mut search = search(&[&[0], &[1]], &[1 << 20, 1 << 20], Limits::default());
    assert_eq!(search.best_so_far().chosen, Vec::<usize>::new());
    let mut planner = Planner {
        plans: vec![vec![(vec![], 9_000.0), (vec![0], 10.0)], vec![(vec![], 8_000.0), (vec![1], 10.0)]],
        asked: 0,
    };
    for question in [(0, vec![]), (0, vec![0]), (1, vec![])].map(|(query, set)| Question { query, set }) {
        let answer = planner.answer(&question);
        search.answer(&question, answer);
    }
    assert_eq!(search.best_so_far().chosen, [0]);
}

#[test]
fn questions_stay_few() {
    let relevant: Vec<usize> = (0..20).collect();
    let plans: Vec<Vec<(Vec<usize>, f64)>> = (0..10)
        .map(|query| {
            let best = query % 5;
            let mut plans = vec![(vec![], 10_000.0)];
            plans.extend((0..20).map(|candidate| (vec![candidate], if candidate == best { 10.0 } else { 9_000.0 })));
            plans
        })
        .collect();
    let sets: Vec<&[usize]> = vec![&relevant; 10];
    let mut planner = Planner { plans, asked: 0 };
    let selection = planner.run(search(&sets, &[1 << 20; 20], Limits::default()));
    let mut chosen = selection.chosen;
    chosen.sort_unstable();
    assert_eq!(chosen, [0, 1, 2, 3, 4]);
    assert!(planner.asked < 10 * 50, "{} questions", planner.asked);
}

#[test]
fn include_columns_that_save_next_to_nothing_are_left_out() {
    let mut search = search(&[&[0, 1]], &[46 << 20, 43 << 20], Limits::default());
    search.candidates[0].plain = Some(1);
    let plans = vec![vec![(vec![], 44_000.0), (vec![0], 4.0), (vec![1], 8.0)]];
    assert_eq!(Planner { plans, asked: 0 }.run(search).chosen, [1]);
}
