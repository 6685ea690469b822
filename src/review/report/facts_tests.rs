use serde_json::json;

use super::*;

#[test]
fn values_are_told_with_the_unit_of_their_field() {
    let say = |field: &str, value: Value| fact(&Evidence::new("s", field, value));
    assert_eq!(say("heap_bytes", json!(1_181_116_006_i64)), "heap 1.1 GB");
    assert_eq!(say("median_before_ms", json!(231.4)), "median before 231 ms");
    assert_eq!(say("longest_wait_s", json!(240)), "longest wait 4 min");
    assert_eq!(say("rows_removed", json!(880_171)), "rows removed 880,171");
    assert_eq!(say("no_ttl_share", json!(0.5)), "no ttl share 50 %");
    assert_eq!(say("pid", json!(48_231)), "pid 48231");
    assert_eq!(say("indisvalid", json!(false)), "indisvalid no");
    assert_eq!(say("roles", json!(["a", "b"])), "roles a, b");
    assert_eq!(say("reltuples", Value::Null), "reltuples none");
}

#[test]
fn facts_of_one_source_stand_together() {
    let sourced = by_source(&[Evidence::new("a", "x", 1), Evidence::new("b", "y", 2), Evidence::new("a", "z", 3)]);
    assert_eq!(
        sourced,
        [
            Sourced { source: "a".into(), facts: vec!["x 1".into(), "z 3".into()] },
            Sourced { source: "b".into(), facts: vec!["y 2".into()] }
        ]
    );
}

#[test]
fn a_line_holds_whole_facts_and_counts_the_others() {
    let evidence = [
        Evidence::new("pg_sequences", "last_value", 1_997_159_792_i64),
        Evidence::new("pg_sequences", "max_value", 2_147_483_647_i64),
        Evidence::new("pg_class", "bytes", 4096),
    ];
    assert_eq!(
        line(&evidence, 90),
        "last value 1,997,159,792, max value 2,147,483,647 (pg_sequences); bytes 4.0 kB (pg_class)"
    );
    assert_eq!(line(&evidence, 66), "last value 1,997,159,792 (pg_sequences) +2 more");
    assert_eq!(line(&evidence, 10), "last valu…");
}
