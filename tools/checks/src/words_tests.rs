use super::*;

#[test]
fn sizes_and_counts() {
    assert_eq!(bytes(512), "512 B");
    assert_eq!(bytes(1_536), "1.5 kB");
    assert_eq!(bytes(52_428_800), "50 MB");
    assert_eq!(bytes(5 << 40), "5.0 TB");
    assert_eq!(count(880_171), "880,171");
    assert_eq!(count(-1_000), "-1,000");
    assert_eq!(count(12), "12");
}

#[test]
fn ages_and_shares() {
    assert_eq!(seconds(4.2), "4 s");
    assert_eq!(seconds(600.0), "10 min");
    assert_eq!(seconds(90_000.0), "25.0 h");
    assert_eq!(seconds(864_000.0), "10 days");
    assert_eq!(percent(0.42), "42 %");
    assert_eq!(percent(0.997), "99.7 %");
    assert_eq!(millis(0.84), "0.8 ms");
}

#[test]
fn text_is_cut_at_characters() {
    assert_eq!(brief("SELECT\n  1", 20), "SELECT 1");
    assert_eq!(brief("äöüäöü", 4), "äöü…");
}
