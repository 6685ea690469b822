//! `check_health` in breadth: what the newer rules need is read from real servers of every
//! installed major, with few rights, and past functions that a managed service withholds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_checks::{Part, Thresholds, gaps};
use dbwright_finding::Severity;
use dbwright_postgres::{Database, DatabaseConfig, Health, PgError, check, snapshot};
use dbwright_servers::{Postgres, PostgresBinaries, PostgresOptions, testing::own_postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn sql(connection: &mut PgConnection, script: &str) {
    sqlx::raw_sql(AssertSqlSafe(script)).execute(connection).await.unwrap();
}

fn database(url: String) -> Database {
    Database::new(DatabaseConfig::new("app", url)).unwrap()
}

fn has(health: &Health, rule: &str, object: &str) -> bool {
    health.findings.iter().any(|finding| finding.rule == rule && finding.object.name.contains(object))
}

/// One fault for each rule that the catalog alone can show.
const FAULTS: &str = r#"
    CREATE ROLE anon; CREATE ROLE owner LOGIN; CREATE ROLE reader;
    GRANT USAGE ON SCHEMA public TO anon;
    ALTER ROLE reader SET enable_nestloop = off; ALTER ROLE reader SET "app.secret" = 'hunter22';

    CREATE TABLE events (id bigint NOT NULL, created_at timestamptz NOT NULL, user_id bigint)
        PARTITION BY RANGE (created_at);
    DO $$ BEGIN
        EXECUTE format('CREATE TABLE events_last PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
            date_trunc('day', now()) - interval '30 days', date_trunc('day', now()) - interval '1 day');
    END $$;
    CREATE INDEX events_user ON ONLY events (user_id);

    CREATE TABLE users (id bigint PRIMARY KEY, password_hash text);
    GRANT SELECT, UPDATE ON users TO anon;
    CREATE MATERIALIZED VIEW user_copy AS SELECT id FROM users;
    GRANT SELECT ON user_copy TO anon;

    CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint, body text);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes OWNER TO owner;
    CREATE POLICY own ON notes USING (owner_id = 1); CREATE POLICY shared ON notes FOR SELECT USING (body IS NULL);
    INSERT INTO notes SELECT i, i, 'x' FROM generate_series(1, 20000) i;
    CREATE VIEW all_notes AS SELECT * FROM notes;
    GRANT SELECT ON all_notes TO reader;
    CREATE POLICY trusting ON notes FOR DELETE
        USING (current_setting('request.jwt', true)::json -> 'user_metadata' ->> 'role' = 'admin');

    CREATE FUNCTION promote(int) RETURNS int SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS 'SELECT $1';
    GRANT EXECUTE ON FUNCTION promote(int) TO anon;

    CREATE TABLE pairs (a bigint, b bigint, PRIMARY KEY (a, b));
    CREATE TABLE links (a bigint, b bigint, CONSTRAINT to_pairs FOREIGN KEY (a, b) REFERENCES pairs);
    CREATE TABLE posts (id bigint PRIMARY KEY, tags text[]);
    CREATE INDEX posts_tags ON posts (tags);
    CREATE TABLE "Quoted" (id bigint PRIMARY KEY);
    ANALYZE
"#;

#[tokio::test]
async fn planted_faults_of_every_newer_rule_are_found() {
    let server = own_postgres(PostgresOptions::default()).await;
    let mut admin = connect(&server.url("postgres")).await;
    sql(&mut admin, FAULTS).await;
    let mut holder = connect(&server.url("postgres")).await;
    sql(&mut holder, "SELECT pg_advisory_lock(i) FROM generate_series(1, 60) i").await;
    let _owner = connect(&server.url_as("owner", "postgres")).await;

    let health = check(&database(server.url("postgres")), &Thresholds::default(), None).await.unwrap();
    for (rule, object) in [
        ("partition_missing_next", "public.events"),
        ("partitioned_index_incomplete", "public.events_user"),
        ("exposed_table_without_rls", "public.users"),
        ("sensitive_column_exposed", "public.users"),
        ("exposed_relation_without_rls", "public.user_copy"),
        ("view_bypasses_rls", "public.all_notes"),
        ("exposed_definer_function", "public.promote"),
        ("multiple_permissive_policies", "public.notes"),
        ("policy_trusts_caller", "public.notes.trusting"),
        ("rls_bypassed_by_owner", "public.notes"),
        ("nullable_composite_foreign_key", "public.links.to_pairs"),
        ("index_method_mismatch", "public.posts_tags"),
        ("quoted_names", "schema public"),
        ("advisory_locks_held", "session"),
        ("risky_setting_override", "enable_nestloop for role reader"),
    ] {
        let rules: Vec<_> = health.findings.iter().map(|finding| (&finding.rule, &finding.object.name)).collect();
        assert!(has(&health, rule, object), "{rule} on {object} is missing in {rules:#?}");
    }
    let all = serde_json::to_string(&health).unwrap();
    assert!(!all.contains("hunter22"), "the application's own settings stay its own");
    assert_eq!(health.gaps.iter().filter(|gap| !gap.contains("pg_stat_statements")).count(), 0, "{:?}", health.gaps);

    // The fixes are runnable, and so is the way back.
    for finding in health.findings.iter().filter(|finding| {
        [
            "view_bypasses_rls",
            "rls_bypassed_by_owner",
            "nullable_composite_foreign_key",
            "index_method_mismatch",
            "risky_setting_override",
            "exposed_relation_without_rls",
            "exposed_definer_function",
        ]
        .contains(&finding.rule.as_str())
    }) {
        let fix = finding.fix.as_ref().unwrap();
        for statement in fix.statements.iter().chain(&fix.undo) {
            sql(&mut admin, statement).await;
        }
    }
    drop(holder);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn every_installed_major_is_read_without_a_gap() {
    let mut majors: Vec<PostgresBinaries> = PostgresBinaries::all();
    majors.sort_by_key(|binaries| binaries.version.major);
    majors.dedup_by_key(|binaries| binaries.version.major);
    assert!(!majors.is_empty());
    for binaries in majors {
        let server = Postgres::start(&binaries, PostgresOptions::default()).await.unwrap();
        let mut admin = connect(&server.url("postgres")).await;
        sql(&mut admin, FAULTS).await;
        let read = snapshot(&database(server.url("postgres")), &Part::ALL).await.unwrap();
        let gaps: Vec<String> = gaps(&read).into_iter().filter(|gap| !gap.contains("pg_stat_statements")).collect();
        assert_eq!(gaps, Vec::<String>::new(), "PostgreSQL {}", binaries.version);
        let health = Health::of("app", &read, &Thresholds::default(), None);
        assert!(has(&health, "partition_missing_next", "public.events"), "PostgreSQL {}", binaries.version);
        assert!(has(&health, "exposed_table_without_rls", "public.users"), "PostgreSQL {}", binaries.version);

        // A monitoring role sees all but the configuration files, and the report says so.
        sql(&mut admin, "CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher").await;
        let watcher = database(server.url_as("watcher", "postgres"));
        let read = snapshot(&watcher, &Part::ALL).await.unwrap();
        let gaps: Vec<String> = dbwright_checks::gaps(&read);
        let unexpected: Vec<&String> = gaps
            .iter()
            .filter(|gap| {
                !["configuration files: ", "pg_stat_statements", " hidden "].iter().any(|known| gap.contains(known))
            })
            .collect();
        assert!(unexpected.is_empty(), "PostgreSQL {}: {unexpected:#?}", binaries.version);
        assert!(gaps.iter().any(|gap| gap.contains("only administrators may read")), "{gaps:?}");
        server.stop().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_managed_service_withholds_is_a_gap_and_the_rest_goes_on() {
    let server = own_postgres(PostgresOptions::default()).await;
    let mut admin = connect(&server.url("postgres")).await;
    sql(
        &mut admin,
        "CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; CREATE TABLE plain (note text);
         INSERT INTO plain SELECT 'x' FROM generate_series(1, 20000); ANALYZE;
         REVOKE SELECT ON pg_stat_slru, pg_stat_bgwriter, pg_replication_slots FROM PUBLIC;
         REVOKE EXECUTE ON FUNCTION pg_options_to_table(text[]) FROM PUBLIC",
    )
    .await;
    let health = check(&database(server.url_as("watcher", "postgres")), &Thresholds::default(), None).await.unwrap();
    for part in ["small caches", "checkpoints", "replication slots", "views", "tables"] {
        assert!(health.gaps.iter().any(|gap| gap.starts_with(part)), "{part}: {:?}", health.gaps);
    }
    assert!(health.server.is_some() && health.rules > 100);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_free_connections_says_so_and_lets_an_administrator_in() {
    let options =
        PostgresOptions::default().setting("max_connections", "8").setting("superuser_reserved_connections", "3");
    let server = own_postgres(options).await;
    let mut admin = connect(&server.url("postgres")).await;
    sql(&mut admin, "CREATE ROLE app LOGIN").await;
    drop(admin.close().await);
    let mut crowd = Vec::new();
    while let Ok(connection) = PgConnection::connect(&server.url_as("app", "postgres")).await {
        crowd.push(connection);
    }
    let refused = check(&database(server.url_as("app", "postgres")), &Thresholds::default(), None).await;
    let error = refused.map(|_| ()).unwrap_err();
    assert!(matches!(error, PgError::Unreachable { .. }), "{error:?}");
    let health = check(&database(server.url("postgres")), &Thresholds::default(), None).await.unwrap();
    let finding = health.findings.iter().find(|finding| finding.rule == "connections_near_limit").unwrap();
    assert!(finding.severity >= Severity::High, "{finding:#?}");
    drop(crowd);
    server.stop().await.unwrap();
}
