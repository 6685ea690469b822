use super::*;

fn sample(ms: f64, buffers: u64) -> Sample {
    Sample {
        ms,
        fastest_ms: ms * 0.95,
        slowest_ms: ms * 1.05,
        runs: 3,
        buffers,
        temp: 0,
        cost: 1.0,
        timed_out: false,
        plan: None,
    }
}

fn stopped(ms: f64) -> Sample {
    Sample { timed_out: true, buffers: 0, ..sample(ms, 0) }
}

#[test]
fn a_fifth_of_the_pages_or_of_the_time_helps() {
    assert!(helps(&sample(10.0, 1000), &sample(10.0, 790)));
    assert!(!helps(&sample(10.0, 1000), &sample(10.0, 850)));
    assert!(helps(&sample(10.0, 1000), &sample(7.0, 1000)));
    // Within the noise of the runs, or paid for with the other measure.
    assert!(!helps(&sample(10.0, 1000), &sample(9.8, 1000)));
    assert!(!helps(&sample(10.0, 1000), &sample(20.0, 100)));
    assert!(!helps(&sample(10.0, 1000), &sample(5.0, 5000)));
}

#[test]
fn what_ends_beats_what_does_not() {
    assert!(helps(&stopped(5000.0), &sample(40.0, 100_000)));
    assert!(!helps(&sample(40.0, 100_000), &stopped(300.0)));
    assert!(hurts(&sample(40.0, 100), &stopped(300.0)));
    assert!(!hurts(&stopped(300.0), &sample(40.0, 100)));
}

#[test]
fn a_statement_of_a_few_pages_is_left_alone() {
    assert!(is_fast(&sample(0.4, 12)));
    assert!(!is_fast(&sample(0.4, 5000)));
    assert!(!is_fast(&sample(4.0, 12)));
}

#[test]
fn the_ratio_is_of_pages_and_of_time_where_pages_say_nothing() {
    assert!((ratio(&sample(10.0, 1000), &sample(1.0, 10)) - 100.0).abs() < 0.01);
    assert!((ratio(&sample(10.0, 1000), &sample(1.0, 1000)) - 10.0).abs() < 0.01);
}
