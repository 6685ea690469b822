//! Every safe sequence that a finding offers runs as it stands, and its undo after it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod support;

use dbwright_migrations::{Context, Script, lint};
use support::Fixture;

/// What has to be there before the sequence of a rule can run, besides the fixture.
fn preparation(rule: &str) -> &'static str {
    match rule {
        "add_primary_key" => "ALTER TABLE t DROP COLUMN IF EXISTS never",
        "attach_partition_scan" => {
            "ALTER TABLE loose ADD CONSTRAINT loose_bounds CHECK (a IS NOT NULL AND a >= 1000 AND a < 2000) NOT VALID"
        }
        "validate_in_same_transaction" => "ALTER TABLE t ADD CONSTRAINT c CHECK (a >= 0) NOT VALID",
        "unbatched_update" => "UPDATE t SET a = NULL",
        _ => "SELECT 1",
    }
}

#[tokio::test]
async fn safe_sequences_run_and_can_be_taken_back() {
    for (rule, sql) in [
        ("create_index_not_concurrent", "CREATE INDEX j ON t USING btree (a DESC) WHERE b > 5"),
        (
            "index_on_partitioned_table",
            "CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE INDEX CONCURRENTLY j ON parts (b)",
        ),
        ("drop_index_not_concurrent", "DROP INDEX i"),
        ("reindex_not_concurrent", "REINDEX INDEX i"),
        ("foreign_key_validated", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE"),
        ("foreign_key_validated", "ALTER TABLE t ADD COLUMN c int DEFAULT 1 REFERENCES p"),
        ("foreign_key_without_index", "CREATE TABLE t (a int REFERENCES p)"),
        ("check_validated", "ALTER TABLE t ADD CHECK (a >= 0)"),
        ("add_column_check", "ALTER TABLE t ADD COLUMN c int CHECK (c >= 0)"),
        (
            "validate_in_same_transaction",
            "BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a >= 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; COMMIT",
        ),
        ("set_not_null", "ALTER TABLE t ALTER a SET NOT NULL"),
        ("add_primary_key", "ALTER TABLE t ADD PRIMARY KEY (id, a)"),
        ("add_unique_constraint", "ALTER TABLE t ADD UNIQUE (id)"),
        ("add_unique_constraint", "ALTER TABLE t ADD COLUMN c int UNIQUE"),
        ("add_column_volatile_default", "ALTER TABLE t ADD COLUMN c uuid NOT NULL DEFAULT gen_random_uuid()"),
        ("add_column_serial", "ALTER TABLE t ADD COLUMN c bigserial"),
        ("add_column_serial", "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY"),
        ("add_column_generated_stored", "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (b * 2) STORED"),
        ("alter_column_type", "ALTER TABLE t ALTER b TYPE bigint"),
        ("alter_column_type", "ALTER TABLE t ALTER s TYPE int USING length(s)"),
        ("drop_column", "ALTER TABLE t DROP COLUMN s"),
        ("rename_column", "ALTER TABLE t RENAME COLUMN s TO label"),
        ("rename_table", "ALTER TABLE p RENAME TO people"),
        ("drop_table", "DROP TABLE loose"),
        ("unbatched_update", "UPDATE t SET a = b % 10"),
        ("unbatched_delete", "DELETE FROM loose"),
        ("vacuum_full", "VACUUM FULL t"),
        ("rename_enum_value", "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"),
        ("refresh_not_concurrent", "REFRESH MATERIALIZED VIEW v"),
        ("attach_partition_scan", "ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM (1000) TO (2000)"),
        ("detach_partition_not_concurrent", "ALTER TABLE parts DETACH PARTITION parts_part"),
        ("create_partition_locks_parent", "CREATE TABLE fresh PARTITION OF parts FOR VALUES FROM (5000) TO (6000)"),
        ("row_security_without_policy", "ALTER TABLE t ENABLE ROW LEVEL SECURITY"),
        ("domain_constraint_validated", "ALTER DOMAIN d ADD CHECK (VALUE > 0)"),
        ("concurrent_index_if_not_exists", "CREATE INDEX CONCURRENTLY IF NOT EXISTS j ON t (a)"),
        ("missing_lock_timeout", "ALTER TABLE t ADD COLUMN c int"),
    ] {
        let findings = lint(&[Script::new("m.sql", sql)], &Context::default());
        let finding = findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("{rule}: {sql}"));
        let fix = finding.fix.as_ref().unwrap();
        let mut fixture = Fixture::new(rule).await;
        fixture.run(preparation(rule)).await.unwrap();
        for statement in fix.statements.iter().chain(&fix.undo) {
            // A transaction written as one entry is sent as psql would: statement by statement.
            for part in dbwright_sql::split(statement).unwrap() {
                fixture.run(part.text).await.unwrap_or_else(|error| panic!("{rule}: {error}"));
            }
        }
    }
}

#[tokio::test]
async fn backfills_reach_every_row_and_can_be_run_again() {
    let mut fixture = Fixture::new("backfill").await;
    fixture
        .run("INSERT INTO t (id, b) SELECT n, n FROM generate_series(1001, 60000) n; UPDATE t SET a = NULL")
        .await
        .unwrap();
    let findings = lint(&[Script::new("m.sql", "UPDATE t SET a = b % 10")], &Context::default());
    let fix = findings.iter().find(|finding| finding.rule == "unbatched_update").unwrap().fix.clone().unwrap();
    for _ in 0..2 {
        fixture.run(&fix.statements[0]).await.unwrap();
        assert_eq!(fixture.number("SELECT count(*) FROM t WHERE a IS DISTINCT FROM b % 10").await, 0);
    }
}

#[tokio::test]
async fn concurrently_after_set_in_one_query_is_refused_as_the_rule_says() {
    let mut fixture = Fixture::new("implicit").await;
    let sql = "SET lock_timeout = '2s'; CREATE INDEX CONCURRENTLY j ON t (a)";
    assert!(fixture.run(sql).await.unwrap_err().contains("cannot run inside a transaction block"));
    fixture.run("CREATE INDEX CONCURRENTLY j ON t (a)").await.unwrap();
    let script = Script::new("m.sql", sql).transactional(dbwright_migrations::TransactionMode::OneQuery);
    assert!(lint(&[script], &Context::default()).iter().any(|finding| finding.rule == "concurrently_in_transaction"));
}

#[tokio::test]
async fn a_short_lock_timeout_leaves_an_invalid_index_behind() {
    let mut fixture = Fixture::new("invalid").await;
    let mut observer = fixture.observer().await;
    sqlx::raw_sql("BEGIN; UPDATE t SET a = 1 WHERE id = 1").execute(&mut observer).await.unwrap();
    fixture.run("SET lock_timeout = '50ms'").await.unwrap();
    fixture.run("CREATE INDEX CONCURRENTLY j ON t (a)").await.unwrap_err();
    let invalid = "SELECT count(*) FROM pg_index WHERE indexrelid = 'j'::regclass AND NOT indisvalid";
    assert_eq!(fixture.number(invalid).await, 1);
}
