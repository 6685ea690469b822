//! State on PostgreSQL: refusals are named, and many programs may start at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dbwright_contract::Redactor;
use dbwright_memory::{Store, StoreError};
use dbwright_servers::testing;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

async fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(&url.parse().unwrap(), Redactor::new()).await
}

#[tokio::test]
async fn missing_privileges_and_databases_are_named() {
    let database = testing::postgres().await.database("state").await;
    let role = format!("r_{}", database.name());
    let mut admin = PgConnection::connect(&database.url()).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).await.unwrap();
    let refused = open(&database.url_as(&role)).await;
    assert!(
        matches!(&refused, Err(StoreError::Privilege { reason, .. }) if reason.contains("permission denied")),
        "{refused:?}"
    );

    // With a schema of its own, the role needs no privilege on the database.
    admin.execute(AssertSqlSafe(format!("CREATE SCHEMA dbwright AUTHORIZATION {role}"))).await.unwrap();
    open(&database.url_as(&role)).await.unwrap().close().await;
    admin.execute(AssertSqlSafe(format!("DROP OWNED BY {role}; DROP ROLE {role}"))).await.unwrap();

    let missing = database.url().replace(database.name(), "no_such_database");
    assert!(matches!(open(&missing).await, Err(StoreError::Unreachable { .. })));
    let nobody = open("postgres://me:s3cret@127.0.0.1:1/state").await.unwrap_err();
    assert!(matches!(nobody, StoreError::Unreachable { .. }));
    assert!(!nobody.to_string().contains("s3cret"), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_together_create_the_schema_once() {
    let database = testing::postgres().await.database("state").await;
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let url = database.url();
        starts.spawn(async move { open(&url).await.map(drop) });
    }
    for started in starts.join_all().await {
        started.unwrap();
    }
    let folder = tempfile::TempDir::new().unwrap();
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let path = folder.path().join("state.db").display().to_string();
        starts.spawn(async move { open(&path).await.map(drop) });
    }
    for started in starts.join_all().await {
        started.unwrap();
    }
}
