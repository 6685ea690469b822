use super::*;

fn run(buffers: u64, ms: f64, used: &[usize]) -> Run {
    Run {
        measurement: Measurement { ms: Some(ms), buffers: Some(buffers), cost: None },
        fastest_ms: ms * 0.95,
        slowest_ms: ms * 1.05,
        runs: 3,
        timed_out: false,
        used: used.to_vec(),
    }
}

/// Runs a trial against a table of results.
fn decide(chosen: &[usize], queries: usize, result: impl Fn(usize, &[usize]) -> Option<Run>) -> Verdict {
    let mut trial = Trial::new(chosen.to_vec(), (0..queries).collect());
    loop {
        match trial.step() {
            TrialStep::Done(verdict) => return verdict,
            TrialStep::Ask(questions) => {
                for question in questions {
                    let run = result(question.query, &question.set);
                    trial.answer(question, run);
                }
            }
        }
    }
}

#[test]
fn proven_indexes_stay_and_unscanned_ones_go() {
    let verdict =
        decide(&[0, 1], 1, |_, set| Some(if set.is_empty() { run(9000, 80.0, &[]) } else { run(12, 0.1, &[0]) }));
    assert_eq!(verdict.kept, [0]);
    assert_eq!(verdict.dropped.len(), 1);
    assert_eq!(verdict.runs.get(&0).map(|(_, after)| after.used.clone()), Some(vec![0]));
}

#[test]
fn the_index_behind_a_regression_goes() {
    let verdict = decide(&[0, 1], 2, |query, set| {
        Some(match (query, set.contains(&0), set.contains(&1)) {
            (0, true, _) => run(12, 0.1, &[0]),
            (1, _, true) => run(1_235_000, 2248.0, &[1]),
            (1, _, _) => run(218_000, 452.0, &[]),
            _ => run(9000, 80.0, &[]),
        })
    });
    assert_eq!(verdict.kept, [0]);
    assert!(verdict.dropped[0].1.contains("slower"), "{:?}", verdict.dropped);
}

#[test]
fn a_gain_in_time_alone_counts_and_noise_does_not() {
    let sorted =
        decide(&[0], 1, |_, set| Some(if set.is_empty() { run(1000, 90.0, &[]) } else { run(1400, 20.0, &[0]) }));
    assert_eq!(sorted.kept, [0]);
    let noise = decide(&[0], 1, |_, set| Some(if set.is_empty() { run(10, 0.20, &[]) } else { run(8, 0.12, &[0]) }));
    assert_eq!(noise.kept, Vec::<usize>::new());
}

#[test]
fn a_timeout_before_is_a_gain_and_one_after_is_a_loss() {
    let slow = |used: &[usize]| Run { timed_out: true, ..run(0, 5000.0, used) };
    let verdict = decide(&[0], 1, |_, set| Some(if set.is_empty() { slow(&[]) } else { run(50, 2.0, &[0]) }));
    assert_eq!(verdict.kept, [0]);
    let verdict = decide(&[0], 1, |_, set| Some(if set.is_empty() { run(50, 2.0, &[]) } else { slow(&[0]) }));
    assert_eq!(verdict.kept, Vec::<usize>::new());
}

#[test]
fn what_cannot_be_run_proves_nothing_either_way() {
    let verdict = decide(&[0], 1, |_, _| None);
    assert_eq!(verdict.kept, [0]);
    assert!(verdict.runs.is_empty());
}
