//! Guarded execution on real servers: what comes out, what cannot be done, what is said.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use dbwright_contract::ToolError;
use dbwright_postgres::{Column, GuardedSession, Limits, Rows, Statement, run_statement, run_untrusted};
use support::{Fixture, cx};

fn limits(rows: usize, bytes: usize) -> Limits {
    Limits { rows, bytes, ..Limits::default() }
}

async fn run(fixture: &Fixture, sql: &str) -> Result<Rows, ToolError> {
    run_untrusted(&fixture.db, &cx(), sql, Limits::default()).await
}

async fn refused(fixture: &Fixture, sql: &str) -> ToolError {
    match run(fixture, sql).await {
        Ok(rows) => panic!("{sql} ran: {rows:?}"),
        Err(error) => error,
    }
}

fn texts(row: &[Option<String>]) -> Vec<&str> {
    row.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect()
}

#[tokio::test]
async fn values_are_psqls_own_text() {
    let fixture = Fixture::new("values").await;
    fixture.sql("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN euro AS numeric(10,2)").await;
    let rows = run(
        &fixture,
        "SELECT 1.50::numeric AS n, 'ok'::mood AS m, 3::euro AS e, ARRAY['a', NULL] AS a, '{\"k\": 1}'::jsonb AS j,
                NULL AS nothing, '2026-01-02 03:04:05+00'::timestamptz AS t, true AS b, 0.1::float8 + 0.2 AS f,
                '\\x00ff'::bytea AS y, (1, 'x') AS r;  -- done",
    )
    .await
    .unwrap();
    assert_eq!(
        texts(&rows.rows[0]),
        [
            "1.50",
            "ok",
            "3.00",
            "{a,NULL}",
            "{\"k\": 1}",
            "NULL",
            "2026-01-02 03:04:05+00",
            "t",
            "0.30000000000000004",
            "\\x00ff",
            "(1,x)"
        ]
    );
    let types: Vec<&str> = rows.columns.iter().map(|column| column.type_name.as_str()).collect();
    assert_eq!(
        types,
        [
            "numeric",
            "mood",
            "numeric",
            "text[]",
            "jsonb",
            "text",
            "timestamp with time zone",
            "boolean",
            "double precision",
            "bytea",
            "record"
        ]
    );
    assert_eq!(rows.truncated, None);
}

#[tokio::test]
async fn an_empty_result_keeps_its_columns() {
    let fixture = Fixture::new("empty").await;
    fixture.sql("CREATE TYPE mood AS ENUM ('sad')").await;
    let rows = run(&fixture, "SELECT 1 AS a, 'sad'::mood AS \"B c\" WHERE false").await.unwrap();
    let column = |name: &str, type_name: &str| Column { name: name.to_owned(), type_name: type_name.to_owned() };
    assert_eq!(rows.columns, [column("a", "integer"), column("B c", "mood")]);
    assert!(rows.rows.is_empty());
    assert!(run(&fixture, "SELECT WHERE false").await.unwrap().columns.is_empty());
}

#[tokio::test]
async fn every_reading_statement_runs() {
    let fixture = Fixture::new("reads").await;
    fixture.sql("CREATE TABLE t AS SELECT 1 AS i").await;
    for (sql, rows) in [
        ("VALUES (1), (2)", 2),
        ("TABLE t", 1),
        ("WITH a AS (SELECT 1) SELECT * FROM a", 1),
        ("(SELECT 1) UNION ALL (SELECT 2)", 2),
        ("/* why */ SELECT 1 -- because", 1),
        ("SHOW work_mem", 1),
        ("  -- first\n EXPLAIN (FORMAT JSON) SELECT * FROM t", 1),
        ("EXPLAIN (ANALYZE, FORMAT XML) SELECT 1", 1),
        ("EXPLAIN (FORMAT YAML) TABLE t", 1),
        ("EXPLAIN DELETE FROM t", 2),
        ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i) FROM t", 1),
        ("SELECT 'a;b', $$;$$", 1),
    ] {
        let found = run(&fixture, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(found.rows.len(), rows, "{sql}: {found:?}");
    }
}

#[tokio::test]
async fn what_was_cut_is_said() {
    let fixture = Fixture::new("caps").await;
    let series = "SELECT i FROM generate_series(1, 1000000) i";
    let rows = run_untrusted(&fixture.db, &cx(), series, limits(3, 1000)).await.unwrap();
    assert_eq!(rows.rows.len(), 3);
    assert_eq!(rows.truncated.as_deref(), Some("only the first 3 rows are shown; there are more"));

    let exact = run_untrusted(&fixture.db, &cx(), "SELECT generate_series(1, 3)", limits(3, 1000)).await.unwrap();
    assert_eq!((exact.rows.len(), exact.truncated), (3, None));

    let wide = "SELECT repeat('x', 400) FROM generate_series(1, 1000)";
    let rows = run_untrusted(&fixture.db, &cx(), wide, limits(50, 1000)).await.unwrap();
    assert_eq!(rows.rows.len(), 2);
    assert_eq!(rows.truncated.as_deref(), Some("only the first 2 rows are shown: the next would pass 1000 bytes"));

    let huge = "SELECT 1, repeat('ä', 3000000)";
    let rows = run_untrusted(&fixture.db, &cx(), huge, limits(50, 1000)).await.unwrap();
    assert!(rows.rows[0][1].as_deref().is_some_and(|value| value.len() < 600));
    assert!(rows.truncated.is_some_and(|cut| cut.contains("6000001 bytes")));

    let lines = run_untrusted(&fixture.db, &cx(), "SHOW ALL", limits(1, 1_000_000)).await.unwrap();
    assert!(lines.rows.len() > 100 && lines.truncated.is_none());
    let lines = run_untrusted(&fixture.db, &cx(), "SHOW ALL", limits(1, 1000)).await.unwrap();
    assert!(lines.truncated.is_some());
}

#[tokio::test]
async fn nothing_is_left_behind_whatever_is_sent() {
    let fixture = Fixture::new("harm").await;
    fixture
        .sql(
            "CREATE TABLE t AS SELECT 1 AS i; CREATE SEQUENCE s;
             CREATE FUNCTION bump() RETURNS int LANGUAGE plpgsql VOLATILE AS
                 $$ BEGIN INSERT INTO t VALUES (2); RETURN 1; END $$;
             CREATE FUNCTION leave() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; RETURN 1; END $$",
        )
        .await;
    for sql in [
        "select 1; drop table t",
        "select 1; select 2",
        "COMMIT; DROP TABLE t",
        "COMMIT",
        "ROLLBACK; INSERT INTO t VALUES (3)",
        "drop table t",
        "DELETE FROM t",
        "INSERT INTO t VALUES (2) RETURNING i",
        "WITH gone AS (DELETE FROM t RETURNING i) SELECT * FROM gone",
        "SELECT * INTO u FROM t",
        "CREATE TABLE u AS SELECT 1",
        "SELECT * FROM t FOR UPDATE",
        "SELECT bump()",
        "SELECT leave()",
        "SELECT nextval('s')",
        "SELECT set_config('transaction_read_only', 'off', true), bump()",
        "SET transaction_read_only = off",
        "RESET transaction_read_only",
        "SELECT 1 WHERE false; RESET transaction_read_only; INSERT INTO t VALUES (3)",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN ANALYZE SELECT bump()",
        "explain select 1; drop table t",
        "show work_mem; drop table t",
        "DO $$ BEGIN DELETE FROM t; END $$",
        "COPY t TO PROGRAM 'cat > /dev/null'",
        "COPY t TO STDOUT",
        "PREPARE p AS DELETE FROM t",
        "PREPARE TRANSACTION 'x'",
        "LISTEN c",
        "CREATE TEMP TABLE x (i int)",
        "SELECT 1 AS dbwright_cursor; CLOSE dbwright_cursor",
        "",
        " ; ",
        "-- nothing",
    ] {
        let error = refused(&fixture, sql).await;
        assert!(!matches!(error, ToolError::Unreachable(_)), "{sql}: {error}");
    }
    // The server refuses neither of these in a read-only transaction: the policy does.
    for sql in ["EXPLAIN (ANALYZE) CREATE TABLE public.u AS SELECT 1", "SELECT pg_advisory_lock(42)"] {
        let error = refused(&fixture, sql).await;
        assert!(matches!(error, ToolError::Refused(_)), "{sql}: {error}");
    }
    assert_eq!(fixture.value("SELECT string_agg(i::text, ',') FROM t").await, "1");
    assert_eq!(fixture.value("SELECT to_regclass('u') IS NULL AND NOT (SELECT is_called FROM s)").await, "true");
    assert_eq!(fixture.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42").await, "0");
    assert_eq!(fixture.value("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()").await, "0");
}

#[tokio::test]
async fn a_session_is_clean_between_its_statements() {
    let fixture = Fixture::new("clean").await;
    fixture.sql("CREATE TABLE t (i int)").await;
    let mut session = GuardedSession::open(&fixture.db).await.unwrap();
    let generic =
        Statement::ExplainGeneric { options: "COSTS OFF", sql: "SELECT * FROM t WHERE i = $1", parameters: 1 };
    let plan = session.run(&cx(), generic, Limits::default()).await.unwrap().first_column();
    assert!(plan.contains("$1"), "{plan}");
    for sql in
        ["SELECT pg_advisory_lock(7)", "SELECT set_config('work_mem', '7MB', false)", "SELECT 1/0", "drop table t"]
    {
        let _ = session.run(&cx(), Statement::Verbatim(sql), Limits::default()).await;
        let connection = session.connection().unwrap();
        let state: (String, i64, i64, String) = sqlx::query_as(
            "SELECT current_setting('work_mem'),
                    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
                    (SELECT count(*) FROM pg_prepared_statements WHERE name <> ''), current_setting('transaction_read_only')",
        )
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        assert_eq!(state, ("4MB".to_owned(), 0, 0, "off".to_owned()), "{sql}");
        // Refused inside a transaction block.
        sqlx::raw_sql("DISCARD ALL").execute(connection).await.unwrap();
    }
    session.close().await;
}

#[tokio::test]
async fn an_explain_of_a_foreign_statement_takes_only_one() {
    let fixture = Fixture::new("explain").await;
    fixture.sql("CREATE TABLE t (i int)").await;
    let explain = |sql| Statement::Explain { options: "ANALYZE, FORMAT JSON", sql };
    let rows = run_statement(&fixture.db, &cx(), explain("SELECT * FROM t"), Limits::default()).await.unwrap();
    assert!(rows.first_column().starts_with('['), "{rows:?}");
    for sql in ["SELECT 1; DROP TABLE t", "INSERT INTO t VALUES (1)"] {
        let error = run_statement(&fixture.db, &cx(), explain(sql), Limits::default()).await.unwrap_err();
        assert!(matches!(error, ToolError::Refused(_)), "{error}");
    }
    let error = run_statement(&fixture.db, &cx(), explain("SELECT nope\nFROM t"), Limits::default()).await.unwrap_err();
    assert!(error.to_string().contains("line 1, column 8"), "{error}");
}

#[tokio::test]
async fn errors_show_the_place_and_what_was_meant() {
    let fixture = Fixture::new("errors").await;
    fixture
        .sql("CREATE TABLE orders (id int, customer_id int, total numeric); CREATE SCHEMA shop; CREATE TABLE shop.invoices (id int)")
        .await;
    for (sql, expected) in [
        (
            "SELECT *\nFROM ordres",
            "relation \"ordres\" does not exist (SQLSTATE 42P01) at line 2, column 6\n  FROM ordres\n       ^\ndid you mean orders?",
        ),
        (
            "SELECT * FROM invoices",
            "relation \"invoices\" does not exist (SQLSTATE 42P01) at line 1, column 15\n  SELECT * FROM invoices\n                ^\ndid you mean shop.invoices?",
        ),
        (
            "SELECT totl FROM orders",
            "column \"totl\" does not exist (SQLSTATE 42703) at line 1, column 8\n  SELECT totl FROM orders\n         ^\nhint: Perhaps you meant to reference the column \"orders.total\".",
        ),
        (
            "SELECT customerid_ FROM orders, shop.invoices",
            "column \"customerid_\" does not exist (SQLSTATE 42703) at line 1, column 8\n  SELECT customerid_ FROM orders, shop.invoices\n         ^\nhint: Perhaps you meant to reference the column \"orders.customer_id\".",
        ),
        (
            "SELEC 1",
            "syntax error at or near \"SELEC\" (SQLSTATE 42601) at line 1, column 1\n  SELEC 1\n  ^\none query (SELECT, VALUES, TABLE, WITH), EXPLAIN or SHOW can run here",
        ),
        (
            "SELECT 1 FORM orders",
            "syntax error at or near \"orders\" (SQLSTATE 42601) at line 1, column 15\n  SELECT 1 FORM orders\n                ^",
        ),
        ("SELECT 1/0", "division by zero (SQLSTATE 22012)"),
    ] {
        let error = refused(&fixture, sql).await;
        assert!(matches!(error, ToolError::Failed(_)), "{error:?}");
        assert_eq!(error.to_string(), expected, "{sql}");
    }
    let error = refused(&fixture, "SELECT json_build_objekt('a', 1)").await.to_string();
    assert!(error.ends_with("did you mean json_build_object() or json_build_object(VARIADIC \"any\")?"), "{error}");
    let error = refused(&fixture, "SELECT * FROM orders WHERE id = $1").await;
    assert!(matches!(&error, ToolError::Arguments(text) if text.contains("write a literal")), "{error}");
    let error = refused(&fixture, "select 1; select 2").await;
    assert!(matches!(&error, ToolError::Refused(text) if text.ends_with("send them one at a time")), "{error}");
}

#[tokio::test]
async fn a_missing_privilege_names_the_grant() {
    let fixture = Fixture::new("privilege").await;
    fixture
        .sql(
            "CREATE TABLE orders (id int); CREATE SCHEMA shop; CREATE TABLE shop.invoices (id int);
             CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION secret FROM public",
        )
        .await;
    let plain = fixture.role_with("").await;
    let role = plain.identity().await.unwrap().user.clone();
    for (sql, grant) in [
        ("SELECT * FROM orders", format!("GRANT SELECT ON public.orders TO {role}")),
        ("SELECT * FROM shop.invoices", format!("GRANT USAGE ON SCHEMA shop TO {role}")),
        ("SELECT secret()", format!("GRANT EXECUTE ON FUNCTION public.secret() TO {role}")),
    ] {
        let error = run_untrusted(&plain, &cx(), sql, Limits::default()).await.unwrap_err();
        assert!(matches!(error, ToolError::Privilege(_)), "{error:?}");
        assert!(error.to_string().contains(&grant), "{error}");
    }
}

#[tokio::test]
async fn a_lock_names_its_holder() {
    let fixture = Fixture::new("lock").await;
    fixture.sql("CREATE TABLE orders (id int)").await;
    let mut holder = fixture.hold("SET application_name = 'migrator'; BEGIN; LOCK TABLE orders").await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    let error = refused(&fixture, "SELECT * FROM orders").await;
    assert!(matches!(error, ToolError::Timeout(_)));
    let text = error.to_string();
    assert!(
        text.contains(&format!("pid {pid} (migrator, postgres) holds AccessExclusiveLock on public.orders")),
        "{text}"
    );
}

#[tokio::test]
async fn time_runs_out_with_the_limit_in_the_error() {
    let fixture = Fixture::new("timeout").await;
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    for sql in [LONG, "EXPLAIN ANALYZE SELECT count(*) FROM pg_attribute a, pg_attribute b, pg_attribute c"] {
        let error = run_untrusted(&fixture.db, &cx(), sql, limits).await.unwrap_err();
        assert_eq!(error.to_string(), "timed out: no result within 200 ms", "{sql}");
    }
    idle(&fixture).await;
}

#[tokio::test]
async fn cancelling_stops_the_statement_on_the_server() {
    let fixture = Fixture::new("cancel").await;
    for sql in [
        LONG,
        "SELECT count(*) FROM generate_series(1, (SELECT 1e12::int8))",
        "EXPLAIN ANALYZE SELECT count(*) FROM pg_attribute a, pg_attribute b, pg_attribute c",
    ] {
        let cx = cx();
        let limits = Limits { timeout: Duration::from_secs(120), ..Limits::default() };
        let watcher = async {
            fixture.until(&format!("SELECT count(*) > 0 FROM ({BUSY}) busy")).await;
            cx.cancel.cancel();
            Instant::now()
        };
        let (outcome, since) = tokio::join!(run_untrusted(&fixture.db, &cx, sql, limits), watcher);
        assert!(matches!(outcome, Err(ToolError::Cancelled)), "{outcome:?}");
        // The promise is one second; a busy machine gets more before the test calls it broken.
        assert!(since.elapsed() < Duration::from_secs(5), "{sql}: {:?}", since.elapsed());
        assert_eq!(fixture.value(&format!("SELECT count(*) FROM ({BUSY}) busy")).await, "0", "{sql}");
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_the_statement_too() {
    let fixture = Fixture::new("dropped").await;
    let db = fixture.db.clone();
    let limits = Limits { timeout: Duration::from_secs(120), ..Limits::default() };
    let task = tokio::spawn(async move { run_untrusted(&db, &cx(), LONG, limits).await });
    fixture.until(&format!("SELECT count(*) > 0 FROM ({BUSY}) busy")).await;
    task.abort();
    idle(&fixture).await;
}

#[tokio::test]
async fn a_call_that_is_cancelled_before_it_starts_sends_nothing() {
    let fixture = Fixture::new("early").await;
    let cx = cx();
    cx.cancel.cancel();
    let outcome = run_untrusted(&fixture.db, &cx, "SELECT 1", Limits::default()).await;
    assert!(matches!(outcome, Err(ToolError::Cancelled)));
}

#[tokio::test]
async fn an_ended_backend_is_an_error_and_the_next_call_works() {
    let fixture = Fixture::new("killed").await;
    let limits = Limits { timeout: Duration::from_secs(120), ..Limits::default() };
    let call_cx = cx();
    let killer = async {
        fixture.until(&format!("SELECT count(*) > 0 FROM ({BUSY}) busy")).await;
        fixture.sql(&format!("SELECT pg_terminate_backend(pid) FROM ({BUSY}) busy")).await;
    };
    let (outcome, ()) = tokio::join!(run_untrusted(&fixture.db, &call_cx, LONG, limits), killer);
    assert!(matches!(outcome, Err(ToolError::Unreachable(_))), "{outcome:?}");
    run(&fixture, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn an_application_object_cannot_stand_in_for_the_catalog() {
    let fixture = Fixture::new("path").await;
    fixture
        .sql(&format!(
            "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
             ALTER DATABASE {} SET search_path = public, pg_catalog",
            fixture.database.name()
        ))
        .await;
    let rows = run(&fixture, "SELECT lower('A')").await.unwrap();
    assert_eq!(texts(&rows.rows[0]), ["a"]);
}

/// Reads for longer than any test waits.
const LONG: &str = "SELECT count(*) FROM pg_attribute a, pg_attribute b, pg_attribute c";

/// Statements of ours that run now in this database.
const BUSY: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND application_name = 'dbwright' AND wait_event_type IS DISTINCT FROM 'Client'
    AND (query ~ 'FETCH' OR query ~ 'EXPLAIN')";

async fn idle(fixture: &Fixture) {
    fixture.until(&format!("SELECT count(*) = 0 FROM ({BUSY}) busy")).await;
}
