use super::*;

#[test]
fn units_add_up_and_anything_else_is_no_interval() {
    let read = |text| Interval::parse(text);
    assert_eq!(read("1 month 2 days"), Some(Interval { months: 1, days: 2, seconds: 0 }));
    assert_eq!(read("2 weeks"), Some(Interval { months: 0, days: 14, seconds: 0 }));
    assert_eq!(read("90 minutes"), Some(Interval { months: 0, days: 0, seconds: 5400 }));
    for text in ["", "-1 day", "1.5 hours", "1 fortnight", "day", "1 day ago", "01:00:00"] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn comparison_counts_a_month_as_thirty_days() {
    let month = Interval { months: 1, days: 0, seconds: 0 };
    assert_eq!(month.compared_seconds(), 30 * 86_400);
    assert!(!month.is_pure_time());
}
