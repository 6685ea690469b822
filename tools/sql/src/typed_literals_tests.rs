use super::*;

#[test]
fn a_placeholder_behind_a_type_goes_before_it() {
    for (broken, whole) in [
        ("SELECT now() - interval $1", "SELECT now() - $1::interval"),
        ("SELECT * FROM t WHERE d > DATE $2 AND a = $1", "SELECT * FROM t WHERE d > $2::DATE AND a = $1"),
        ("SELECT timestamp /* x */ $1, interval\n$2", "SELECT $1::timestamp, $2::interval"),
    ] {
        assert_eq!(restore_typed_placeholders(broken), whole);
        crate::parse(whole).unwrap();
    }
}

#[test]
fn everything_else_stays_as_it_is_written() {
    for sql in [
        "SELECT interval '1 day', $1",
        "SELECT 'interval $1'",
        "SELECT date FROM t WHERE a = $1",
        "",
        "SELECT -- interval $1\n 1",
    ] {
        assert!(matches!(restore_typed_placeholders(sql), Cow::Borrowed(same) if same == sql), "{sql}");
    }
}
