//! Sessions for databases of our own: scripts, prepared statements, an open transaction.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use dbwright_postgres::{PgError, ScriptSession, ScriptValue};
use secrecy::SecretString;
use support::Fixture;

#[tokio::test]
async fn a_session_runs_scripts_and_statements_and_holds_its_transaction() {
    let fixture = Fixture::new("script").await;
    let url = SecretString::from(fixture.database.url());
    let mut session = ScriptSession::open(&url, "shop-test").await.unwrap();
    session.run("CREATE TABLE t (id bigint, name text); INSERT INTO t VALUES (1, 'a'), (2, 'b')").await.unwrap();
    let found = session
        .call(
            "SELECT id, name FROM t WHERE id >= $1 AND name > $2 ORDER BY id",
            &[ScriptValue::Integer(1), ScriptValue::Text("a".to_owned())],
        )
        .await
        .unwrap();
    assert_eq!(found, [2]);

    session.run("BEGIN; UPDATE t SET name = 'c' WHERE id = 1").await.unwrap();
    fixture
        .until("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'shop-test' AND state = 'idle in transaction')")
        .await;
    session.close().await;
    assert_eq!(fixture.value("SELECT name FROM t WHERE id = 1").await, "a");
}

#[tokio::test]
async fn the_first_failing_statement_is_the_error() {
    let fixture = Fixture::new("script_error").await;
    let url = SecretString::from(fixture.database.url());
    let mut session = ScriptSession::open(&url, "shop-test").await.unwrap();
    let error = session.run("SELECT 1; SELECT * FROM nowhere; SELECT 2").await.unwrap_err();
    assert_eq!(error.code(), Some("42P01"));
    let wrong = ScriptSession::open(&SecretString::from("postgres://localhost:notaport/x"), "shop-test").await;
    assert!(matches!(wrong, Err(PgError::Url(_))));
}
