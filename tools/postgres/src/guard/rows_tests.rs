use super::*;

fn collector(rows: usize, bytes: usize) -> Collector {
    Collector::new(Limits { rows, bytes, ..Limits::default() })
}

#[test]
fn stops_after_the_last_wanted_row_and_says_so() {
    let mut collector = collector(2, 100);
    assert!(collector.take(vec![Some("a")]));
    assert!(collector.take(vec![None]));
    assert!(!collector.take(vec![Some("c")]));
    let (rows, cut) = collector.finish();
    assert_eq!(rows, [vec![Some("a".to_owned())], vec![None]]);
    assert_eq!(cut.as_deref(), Some("only the first 2 rows are shown; there are more"));
}

#[test]
fn an_exact_fit_is_not_a_cut() {
    let mut collector = collector(1, 3);
    assert!(collector.take(vec![Some("abc")]));
    assert_eq!(collector.finish().1, None);
}

#[test]
fn bytes_end_the_result_between_rows() {
    let mut collector = collector(10, 5);
    assert!(collector.take(vec![Some("abc")]));
    assert!(!collector.take(vec![Some("def")]));
    let (rows, cut) = collector.finish();
    assert_eq!(rows.len(), 1);
    assert_eq!(cut.as_deref(), Some("only the first 1 rows are shown: the next would pass 5 bytes"));
}

#[test]
fn one_huge_row_is_kept_in_part() {
    let mut collector = collector(10, 8);
    assert!(!collector.take(vec![Some("ääääääää"), Some("b"), None]));
    let (rows, cut) = collector.finish();
    assert_eq!(rows, [vec![Some("ä… (+14 bytes)".to_owned()), Some("b".to_owned()), None]]);
    assert!(cut.is_some_and(|cut| cut.contains("17 bytes")));
}
