use super::*;

#[test]
fn sizes() {
    for (size, text) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 kB"),
        (16 << 20, "16 MB"),
        (5 << 40, "5.0 TB"),
        (i64::MAX, "8388608 TB"),
    ] {
        assert_eq!(bytes(size), text);
    }
}

#[test]
fn counts() {
    for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
        assert_eq!(count(number), text);
    }
}

#[test]
fn ages_and_types() {
    assert_eq!([age(-1), age(119), age(7_199), age(90_000), age(172_800)], ["0 s", "119 s", "119 min", "25 h", "2 d"]);
    assert_eq!(short_type("character varying(20)[]"), "varchar(20)[]");
    assert_eq!(short_type("timestamp(3) with time zone"), "timestamp(3) with time zone");
}
