use std::time::Duration;

use super::*;

#[test]
fn a_burst_is_allowed_and_then_so_many_a_second() {
    let rate = Rate::new(3, 2.0);
    let start = Instant::now();
    assert_eq!([0; 4].map(|_| rate.take_at(start)), [true, true, true, false]);
    assert!(!rate.take_at(start + Duration::from_millis(400)));
    assert!(rate.take_at(start + Duration::from_millis(600)));
    let later = start + Duration::from_secs(60);
    assert_eq!([0; 4].map(|_| rate.take_at(later)), [true, true, true, false], "it never holds more than the burst");
}
