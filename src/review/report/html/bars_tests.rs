use super::*;

#[test]
fn an_axis_spans_the_decades_of_its_values() {
    let axis = LogAxis::over([310.0, 41_200.0].into_iter()).unwrap();
    assert_eq!(axis, LogAxis { low: 2, high: 5 });
    assert!(axis.position(310.0) > 0.1);
    assert!(axis.position(41_200.0) < 1.0);
    assert_eq!(axis.position(100_000.0), 1.0);
    assert_eq!(
        axis.decades().iter().map(|(value, _)| *value).collect::<Vec<_>>(),
        [100.0, 1_000.0, 10_000.0, 100_000.0]
    );
}

#[test]
fn wide_axes_have_few_marks_and_empty_ones_are_none() {
    let axis = LogAxis::over([0.02, 9_000_000.0].into_iter()).unwrap();
    assert!(axis.decades().len() <= 6, "{:?}", axis.decades());
    assert_eq!(LogAxis::over([0.0, f64::NAN].into_iter()), None);
    assert_eq!(axis.position(0.0), 0.0);
}

#[test]
fn something_is_never_drawn_as_nothing() {
    assert!(bar(0.000_1, "x").contains("width=\"0.8%\""));
    assert!(bar(f64::NAN, "x").contains("width=\"0.0%\""));
    assert!(bar(7.0, "x").contains("width=\"100.0%\""));
}
