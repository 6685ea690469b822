use super::*;

#[test]
fn kinds_and_effects() {
    use StatementKind::{
        Code, Copy, Ddl, Delete, Explain, Insert, Maintenance, Merge, Privileges, Select, Set, Show, Transaction,
        Update, Utility,
    };
    for (sql, kind, writes) in [
        ("SELECT 1", Select, false),
        ("TABLE t", Select, false),
        ("SELECT 1 INTO x", Ddl, true),
        ("SELECT 1 INTO x UNION SELECT 2", Ddl, true),
        ("WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d", Select, true),
        ("INSERT INTO t VALUES (1)", Insert, true),
        ("UPDATE t SET a = 1", Update, true),
        ("DELETE FROM t", Delete, true),
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", Merge, true),
        ("EXPLAIN DELETE FROM t", Explain, false),
        ("EXPLAIN ANALYZE DELETE FROM t", Explain, true),
        ("SHOW ALL", Show, false),
        ("SET a.b = 1", Set, false),
        ("COMMIT", Transaction, false),
        ("COPY t TO STDOUT", Copy, false),
        ("COPY t FROM STDIN", Copy, true),
        ("VACUUM t", Maintenance, true),
        ("DO ''", Code, true),
        ("GRANT SELECT ON t TO r", Privileges, true),
        ("LOCK t", Utility, false),
        ("ALTER TABLE t ADD a int", Ddl, true),
        ("CREATE INDEX ON t (a)", Ddl, true),
        ("TRUNCATE t", Ddl, true),
    ] {
        let class = classify(sql).unwrap();
        assert_eq!((class.kind, class.writes), (kind, writes), "{sql}");
    }
}

#[test]
fn analyze_follows_the_last_option() {
    for (sql, analyze) in [
        ("EXPLAIN ANALYZE SELECT 1", true),
        ("EXPLAIN (ANALYZE off) SELECT 1", false),
        ("EXPLAIN (ANALYZE 0) SELECT 1", false),
        ("EXPLAIN (ANALYZE 1, BUFFERS) SELECT 1", true),
        ("EXPLAIN (ANALYZE off, ANALYZE) SELECT 1", true),
        ("EXPLAIN (COSTS off) SELECT 1", false),
    ] {
        assert_eq!(classify(sql).unwrap().analyze, analyze, "{sql}");
    }
    assert!(classify("SELECT * FROM t FOR UPDATE").unwrap().locks_rows);
}
