use super::*;

fn read(text: &str) -> Input<'_> {
    Input::read(text)
}

#[test]
fn statements_are_found_in_words() {
    for (text, sql) in [
        ("why is this slow: SELECT * FROM orders WHERE id = 1", "SELECT * FROM orders WHERE id = 1"),
        ("explain select count(*) from orders", "select count(*) from orders"),
        ("why is select a from t where b = 1 slow?", ""),
        ("Why is this slow?\n\nSELECT a\nFROM t;", "SELECT a\nFROM t"),
        ("optimize `select a from t where b > 2` please", "select a from t where b > 2"),
        ("SELECT a FROM t?", "SELECT a FROM t"),
        ("what index for UPDATE t SET a = 1 WHERE b = 2", "UPDATE t SET a = 1 WHERE b = 2"),
        ("WITH x AS (SELECT 1 AS n) SELECT * FROM x, t", "WITH x AS (SELECT 1 AS n) SELECT * FROM x, t"),
        ("```sql\nselect a\nfrom t\n```", "select a\nfrom t"),
        ("look at\n```\nDELETE FROM t WHERE a < 3;\n```\nplease", "DELETE FROM t WHERE a < 3"),
    ] {
        let wanted: Vec<&str> = (!sql.is_empty()).then_some(sql).into_iter().collect();
        assert_eq!(read(text).statements, wanted, "{text}");
    }
}

#[test]
fn words_that_look_like_sql_are_words() {
    for text in [
        "select the best index for orders",
        "update statistics",
        "with postgres 15",
        "drop the index on orders please",
        "create a cache for products",
        "show the table orders",
        "can I drop index orders_status_idx?",
        "explain yourself",
        "set up caching",
        "select one",
    ] {
        let input = read(text);
        assert!(!input.has_code(), "{text}: {input:?}");
        assert!(!input.prose.trim().is_empty(), "{text}");
    }
}

#[test]
fn changes_keep_the_whole_script() {
    let script = "SET lock_timeout = '2s';\nALTER TABLE t ADD COLUMN a int;\nUPDATE t SET a = 1;";
    let fenced = format!("is this safe?\n```sql\n{script}\n```");
    assert_eq!(read(&fenced).change.as_deref(), Some(script));
    assert_eq!(read("ALTER TABLE t DROP COLUMN a").change.as_deref(), Some("ALTER TABLE t DROP COLUMN a"));
    assert_eq!(
        read("is this safe: alter table t drop column a").change.as_deref(),
        Some("alter table t drop column a")
    );
}

#[test]
fn explain_is_taken_off_its_statement() {
    let input = read("EXPLAIN (ANALYZE, BUFFERS) SELECT a FROM t");
    assert_eq!(
        (input.statements.as_slice(), input.explained, input.analyze),
        (&["SELECT a FROM t".to_owned()][..], true, true)
    );
    let input = read("explain verbose select a from t");
    assert_eq!((input.explained, input.analyze), (true, false));
}

#[test]
fn plans_scripts_paths_and_commands_are_told_apart() {
    let plan = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.01..0.01 rows=1 loops=1)";
    assert_eq!(read(plan).plan.as_deref(), Some(plan));
    assert!(read("[{\"Plan\": {\"Node Type\": \"Result\"}}]").plan.is_some());
    assert!(read("replace KEYS: redis.call('KEYS', 'a*')").script.is_some());
    assert_eq!(read("review db/migrations/001.sql").paths, ["db/migrations/001.sql"]);
    assert_eq!(read("/explain SELECT a FROM t").slash.map(|(name, _)| name), Some("explain"));
    assert_eq!(read("/explain SELECT a FROM t").statements, ["SELECT a FROM t"]);
    assert_eq!(read("/review").prose.trim(), "");
}

#[test]
fn several_statements_of_a_review_are_all_read() {
    let input = read("/review\n\n```sql\nSELECT 1 FROM a\n```\n\n```sql\nSELECT 2 FROM b\n```");
    assert_eq!(input.statements, ["SELECT 1 FROM a", "SELECT 2 FROM b"]);
}

#[test]
fn a_broken_statement_is_reported_with_the_parsers_words() {
    let (sql, reason) = read("SELECT a FROM t WHERE b =").broken.unwrap();
    assert_eq!(sql, "SELECT a FROM t WHERE b =");
    assert!(reason.contains("syntax error"), "{reason}");
    assert_eq!(read("what about the orders").broken, None);
}
