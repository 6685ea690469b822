use super::*;

fn names(sql: &str) -> Vec<String> {
    relations(sql).unwrap().iter().map(RelationRef::qualified).collect()
}

#[test]
fn every_mention_counts_once_in_order() {
    assert_eq!(
        names("SELECT * FROM a JOIN s.b USING (x) WHERE EXISTS (SELECT 1 FROM c) AND y IN (SELECT z FROM a)"),
        ["a", "s.b", "c"]
    );
    assert_eq!(names("INSERT INTO t SELECT * FROM u"), ["t", "u"]);
    assert_eq!(names("DROP TABLE a, s.b"), ["a", "s.b"]);
    assert_eq!(names("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p"), ["t", "p"]);
}

#[test]
fn common_table_expressions_hide_tables_only_in_their_scope() {
    assert_eq!(names("WITH f AS (SELECT * FROM f) SELECT * FROM f"), ["f"]);
    assert!(names("WITH RECURSIVE f AS (SELECT * FROM f) SELECT * FROM f").is_empty());
    assert_eq!(names("WITH f AS (SELECT 1) SELECT * FROM s.f"), ["s.f"]);
    assert_eq!(names("SELECT * FROM (WITH f AS (SELECT 1) SELECT * FROM f) x, f"), ["f"]);
}
