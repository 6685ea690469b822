//! The lock modes that the findings name are those that the server takes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod support;

use dbwright_migrations::{Context, Script, lint};
use support::Fixture;

/// The strongest lock on `table` that the session holds after `sql` in a transaction.
async fn held(fixture: &mut Fixture, sql: &str, table: &str) -> String {
    fixture.run("BEGIN").await.unwrap();
    fixture.run(sql).await.unwrap();
    let modes: Vec<String> = sqlx::query_scalar(
        "SELECT mode FROM pg_locks WHERE relation = to_regclass($1) AND pid = pg_backend_pid() AND granted",
    )
    .bind(table)
    .fetch_all(&mut fixture.connection)
    .await
    .unwrap();
    fixture.run("ROLLBACK").await.unwrap();
    const ORDER: [&str; 8] = [
        "AccessShareLock",
        "RowShareLock",
        "RowExclusiveLock",
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    ];
    let rank = |mode: &String| ORDER.iter().position(|known| known == mode);
    modes.into_iter().max_by_key(rank).unwrap_or_default()
}

fn claimed(rule: &str, sql: &str) -> String {
    let findings = lint(&[Script::new("m.sql", sql)], &Context::default());
    let finding = findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("{rule}: {sql}"));
    let lock = finding.evidence.iter().find(|evidence| evidence.field == "lock").unwrap();
    lock.value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn findings_name_the_lock_that_the_server_takes() {
    let mut fixture = Fixture::new("locks").await;
    fixture.run("CREATE UNIQUE INDEX u ON t (id)").await.unwrap();
    for (rule, sql, table) in [
        ("create_index_not_concurrent", "CREATE INDEX j ON t (a)", "t"),
        ("drop_index_not_concurrent", "DROP INDEX i", "t"),
        ("reindex_not_concurrent", "REINDEX TABLE t", "t"),
        ("foreign_key_validated", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p", "t"),
        ("foreign_key_validated", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p", "p"),
        ("check_validated", "ALTER TABLE t ADD CHECK (a >= 0)", "t"),
        ("set_not_null", "ALTER TABLE t ALTER a SET NOT NULL", "t"),
        ("add_primary_key", "ALTER TABLE t ADD PRIMARY KEY (id)", "t"),
        ("add_unique_constraint", "ALTER TABLE t ADD UNIQUE (id)", "t"),
        ("add_exclusion_constraint", "ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)", "t"),
        ("add_column_check", "ALTER TABLE t ADD COLUMN c int CHECK (c > 0)", "t"),
        ("add_column_volatile_default", "ALTER TABLE t ADD COLUMN c float DEFAULT random()", "t"),
        ("add_column_serial", "ALTER TABLE t ADD COLUMN c serial", "t"),
        ("add_column_generated_stored", "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (b + 1) STORED", "t"),
        ("alter_column_type", "ALTER TABLE t ALTER b TYPE bigint", "t"),
        ("drop_column", "ALTER TABLE t DROP COLUMN r", "t"),
        ("rename_column", "ALTER TABLE t RENAME COLUMN a TO c", "t"),
        ("disable_trigger", "ALTER TABLE t DISABLE TRIGGER ALL", "t"),
        ("refresh_not_concurrent", "REFRESH MATERIALIZED VIEW v", "v"),
        ("attach_partition_scan", "ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM (1000) TO (2000)", "loose"),
        ("detach_partition_not_concurrent", "ALTER TABLE parts DETACH PARTITION parts_part", "parts"),
        (
            "create_partition_locks_parent",
            "CREATE TABLE fresh PARTITION OF parts FOR VALUES FROM (5000) TO (6000)",
            "parts",
        ),
        ("row_security_without_policy", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "t"),
        ("truncate_table", "TRUNCATE t", "t"),
        ("rewriting_table_option", "ALTER TABLE t SET UNLOGGED", "t"),
        ("unbatched_update", "UPDATE t SET a = 1", "t"),
        ("domain_constraint_validated", "ALTER DOMAIN d ADD CHECK (VALUE > 0)", "uses"),
    ] {
        assert_eq!(held(&mut fixture, sql, table).await, claimed(rule, sql), "{rule}: {sql} on {table}");
    }
}

#[tokio::test]
async fn safe_forms_take_the_weaker_lock_that_the_fixes_name() {
    let mut fixture = Fixture::new("safe_locks").await;
    fixture.run("ALTER TABLE t ADD CONSTRAINT c CHECK (a >= 0) NOT VALID").await.unwrap();
    fixture.run("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID").await.unwrap();
    for (sql, table, mode) in [
        ("ALTER TABLE t VALIDATE CONSTRAINT c", "t", "ShareUpdateExclusiveLock"),
        ("ALTER TABLE t VALIDATE CONSTRAINT f", "t", "ShareUpdateExclusiveLock"),
        ("ALTER TABLE t VALIDATE CONSTRAINT f", "p", "RowShareLock"),
        (
            "ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM (1000) TO (2000)",
            "parts",
            "ShareUpdateExclusiveLock",
        ),
        ("ALTER TABLE t SET (fillfactor = 90)", "t", "ShareUpdateExclusiveLock"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "v", "ExclusiveLock"),
    ] {
        assert_eq!(held(&mut fixture, sql, table).await, mode, "{sql}");
    }
}
