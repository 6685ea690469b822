use super::*;

fn runs(buffers: u64, ms: f64) -> Runs {
    Runs { buffers, ms, min_ms: ms * 0.9, max_ms: ms * 1.1, runs: 5 }
}

#[test]
fn pages_decide_before_times() {
    for (before, after, fared) in [
        (runs(1000, 10.0), runs(10, 10.0), Fared::Gained),
        (runs(1000, 10.0), runs(800, 10.0), Fared::Gained),
        (runs(1000, 10.0), runs(900, 10.0), Fared::Same),
        (runs(1000, 10.0), runs(1101, 1.0), Fared::Lost),
        (runs(3, 0.02), runs(6, 0.04), Fared::Same),
        (runs(100, 50.0), runs(100, 5.0), Fared::Gained),
        (runs(100, 50.0), runs(100, 90.0), Fared::Lost),
        (runs(100, 50.0), runs(100, 55.0), Fared::Same),
        (runs(0, 0.0), runs(0, 0.0), Fared::Same),
    ] {
        assert_eq!(Fared::between(before, after), fared, "{before:?} {after:?}");
    }
}

#[test]
fn an_index_must_help_and_a_drop_must_not_hurt() {
    use Expectation::{Improve, NotWorse, Nothing};
    use Fared::{Gained, Lost, Same};
    for (expect, fared, stays) in [
        (Improve, [Gained, Same].as_slice(), true),
        (Improve, &[Same], false),
        (Improve, &[Gained, Lost], false),
        (Improve, &[], true),
        (NotWorse, &[Same], true),
        (NotWorse, &[Same, Lost], false),
        (Nothing, &[Lost], true),
    ] {
        assert_eq!(against(expect, fared).is_none(), stays, "{expect:?} {fared:?}");
    }
}
