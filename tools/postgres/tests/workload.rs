//! The workload of a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::{Report, TokenBudget, Tool};
use dbwright_postgres::{
    Database, DatabaseConfig, Databases, Limits, Order, Workload, WorkloadArgs, WorkloadOutput, run_untrusted,
};
use dbwright_servers::{PostgresOptions, testing::own_postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{Fixture, cx};

async fn workload(db: &Database, args: WorkloadArgs) -> WorkloadOutput {
    let tool = Workload::new(Databases::new([db.clone()]));
    Tool::call(&tool, &cx(), args).await.unwrap()
}

fn by(order: Order) -> WorkloadArgs {
    WorkloadArgs { order, limit: Some(100), ..WorkloadArgs::default() }
}

/// One of each kind of cost, in a database whose statements nobody else runs.
const LOAD: &str = "
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE t AS SELECT i, repeat('x', 100) AS pad FROM generate_series(1, 20000) i;
    CREATE FUNCTION inner_count() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM t WHERE i > 7); END $$";

async fn loaded(hint: &str) -> Fixture {
    let fixture = Fixture::new(hint).await;
    fixture.sql(LOAD).await;
    let mut app = PgConnection::connect(&fixture.database.url()).await.unwrap();
    for number in 0..30 {
        let query = format!("SELECT pad FROM t WHERE i = {number}");
        sqlx::raw_sql(AssertSqlSafe(query)).execute(&mut app).await.unwrap();
    }
    sqlx::raw_sql("SELECT pg_sleep(0.05)").execute(&mut app).await.unwrap();
    sqlx::raw_sql("SET work_mem = '64kB'; SELECT i, pad FROM t ORDER BY pad, i DESC").execute(&mut app).await.unwrap();
    fixture
}

#[tokio::test]
async fn statements_of_this_database_are_ranked() {
    let fixture = loaded("ranked").await;
    let other = Fixture::new("other").await;
    other.sql("SELECT 'of another database', pg_sleep(0.2)").await;
    let output = workload(&fixture.db, by(Order::Total)).await;
    assert_eq!(output.source, "pg_stat_statements");
    let lookup = output.statements.iter().find(|line| line.query == "SELECT pad FROM t WHERE i = $1").unwrap();
    assert_eq!(lookup.calls, 30);
    assert!((lookup.rows_per_call - 29.0 / 30.0).abs() < 0.01);
    assert!(lookup.blocks_per_call > 100.0 && lookup.hit_ratio.is_some());
    assert!((lookup.mean_ms * 30.0 - lookup.total_ms).abs() < 0.1);
    assert!(!output.statements.iter().any(|line| line.query.contains("another database")));
    let share: f64 = output.statements.iter().map(|line| line.share).sum();
    assert!((0.99..=1.01).contains(&share), "{share}");

    let calls = workload(&fixture.db, by(Order::Calls)).await;
    assert_eq!(calls.statements[0].query_id, lookup.query_id);
    let slowest = workload(&fixture.db, WorkloadArgs { min_calls: Some(2), ..by(Order::Mean) }).await;
    assert!(slowest.statements.iter().all(|line| line.calls >= 2));
    let spilling = workload(&fixture.db, WorkloadArgs { limit: Some(1), ..by(Order::Temp) }).await;
    assert_eq!(spilling.statements.len(), 1);
    assert!(spilling.statements[0].query.contains("ORDER BY") && spilling.statements[0].temp_bytes > 1_000_000);
    let text = spilling.for_model(TokenBudget::default()).into_owned();
    assert!(text.contains("1 of ") && text.contains(" temp files"), "{text}");
    workload(&fixture.db, by(Order::Io)).await;
}

#[tokio::test]
async fn our_own_statements_are_left_out() {
    let fixture = loaded("own").await;
    for sql in ["SELECT count(*) FROM t", "EXPLAIN SELECT 1", "SHOW work_mem", "SELECT nope"] {
        let _ = run_untrusted(&fixture.db, &cx(), sql, Limits::default()).await;
    }
    fixture.db.identity().await.unwrap();
    workload(&fixture.db, by(Order::Total)).await;
    let output = workload(&fixture.db, by(Order::Total)).await;
    for line in &output.statements {
        for ours in ["dbwright", "pg_backend_pid", "set_config", "DEALLOCATE ALL", "unlock_all", "FETCH"] {
            assert!(!line.query.contains(ours), "{}", line.query);
        }
    }
    let known = output.statements.iter().map(|line| line.query.as_str()).collect::<Vec<_>>();
    assert!(!known.contains(&"SELECT count(*) FROM t"), "{known:?}");
}

#[tokio::test]
async fn hidden_statements_are_a_gap_that_names_the_grant() {
    let fixture = loaded("hidden").await;
    let plain = fixture.role_with("").await;
    let output = workload(&plain, by(Order::Total)).await;
    assert!(output.gaps[0].contains("GRANT pg_read_all_stats TO r_"), "{:?}", output.gaps);
    assert!(!output.statements.iter().any(|line| line.query.contains("pad FROM t")));
    let reader = fixture.role_with("GRANT pg_read_all_stats TO {role}").await;
    let output = workload(&reader, by(Order::Total)).await;
    assert!(output.statements.iter().any(|line| line.query.contains("pad FROM t")));
    assert!(!output.gaps.iter().any(|gap| gap.contains("GRANT")), "{:?}", output.gaps);
    let revoked = fixture.role_with("REVOKE SELECT ON pg_stat_statements FROM PUBLIC").await;
    let output = workload(&revoked, by(Order::Total)).await;
    assert!(output.gaps[0].contains("GRANT SELECT ON pg_stat_statements"), "{:?}", output.gaps);
}

#[tokio::test]
async fn without_the_extension_running_statements_are_sampled() {
    let fixture = Fixture::new("sampled").await;
    let mut app = PgConnection::connect(&fixture.database.url()).await.unwrap();
    let sleeper = tokio::spawn(async move {
        let _ = sqlx::raw_sql("SELECT 'secret value', pg_sleep(60)").execute(&mut app).await;
    });
    fixture.until("SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'SELECT ''secret%' AND datname = current_database()").await;
    let output = workload(&fixture.db, WorkloadArgs::default()).await;
    assert_eq!(output.source, "pg_stat_activity");
    assert_eq!(output.running[0].query, "SELECT $1, pg_sleep($2)");
    assert_eq!((output.running[0].seen, output.running[0].wait.as_deref()), (5, Some("Timeout: PgSleep")));
    assert!(output.gaps[0].contains("CREATE EXTENSION pg_stat_statements"), "{:?}", output.gaps);
    let text = output.for_model(TokenBudget::default());
    assert!(text.starts_with("gap: ") && text.contains("seen 5 times in 5 looks"), "{text}");
    fixture.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT ''secret%' AND datname = current_database()").await;
    sleeper.await.unwrap();
}

#[tokio::test]
async fn evictions_nesting_and_missing_timing_are_said() {
    let server = own_postgres(
        PostgresOptions::default()
            .setting("pg_stat_statements.max", "100")
            .setting("pg_stat_statements.track", "all")
            .setting("track_io_timing", "off"),
    )
    .await;
    let db = Database::new(DatabaseConfig::new("app", server.url("postgres"))).unwrap();
    let mut app = PgConnection::connect(&server.url("postgres")).await.unwrap();
    sqlx::raw_sql(LOAD).execute(&mut app).await.unwrap();
    for number in 0..150 {
        let query = format!("SELECT {} AS c{number}", vec!["1"; number + 1].join(", "));
        sqlx::raw_sql(AssertSqlSafe(query)).execute(&mut app).await.unwrap();
    }
    sqlx::raw_sql("SELECT inner_count()").execute(&mut app).await.unwrap();
    let output = workload(&db, by(Order::Io)).await;
    let gaps = output.gaps.join("\n");
    if server.version().major >= 14 {
        assert!(gaps.contains("raise pg_stat_statements.max (now 100)"), "{gaps}");
        assert!(gaps.contains("statements inside functions are left out"), "{gaps}");
    } else {
        assert!(gaps.contains("statements inside functions are counted twice"), "{gaps}");
    }
    assert!(gaps.contains("track_io_timing is off"), "{gaps}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_the_library_says_how_to_load_it() {
    let server = own_postgres(PostgresOptions { preload: Vec::new(), ..PostgresOptions::default() }).await;
    let db = Database::new(DatabaseConfig::new("app", server.url("postgres"))).unwrap();
    let output = workload(&db, WorkloadArgs::default()).await;
    assert!(
        output.gaps[0].contains("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', restart"),
        "{:?}",
        output.gaps
    );
    let mut app = PgConnection::connect(&server.url("postgres")).await.unwrap();
    sqlx::raw_sql("CREATE EXTENSION pg_stat_statements").execute(&mut app).await.unwrap();
    let output = workload(&db, WorkloadArgs::default()).await;
    assert!(
        output.gaps[0].contains("is not loaded") && !output.gaps[0].contains("CREATE EXTENSION"),
        "{:?}",
        output.gaps
    );
    server.stop().await.unwrap();
}
