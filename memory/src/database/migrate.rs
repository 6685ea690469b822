//! Brings the schema to the version that this program knows. Steps are append-only.

use super::{Backend, Database, Dialect, Transaction};
use crate::StoreError;

struct Step {
    version: i64,
    /// Tables and indexes that both databases spell alike.
    shared: &'static str,
    /// What they do not, text search above all; empty where there is nothing.
    sqlite: &'static str,
    postgres: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        version: 1,
        shared: include_str!("../../migrations/001_tables.sql"),
        sqlite: include_str!("../../migrations/001_search.sqlite.sql"),
        postgres: include_str!("../../migrations/001_search.postgres.sql"),
    },
    Step { version: 2, shared: include_str!("../../migrations/002_owners.sql"), sqlite: "", postgres: "" },
];

pub(super) async fn run(database: &Database) -> Result<(), StoreError> {
    offer_trigrams(database).await;
    let mut transaction = database.begin().await?;
    if transaction.dialect() == Dialect::Postgres {
        create_schema(&mut transaction).await?;
    }
    let found = version(&mut transaction).await?;
    let known = STEPS.iter().map(|step| step.version).max().unwrap_or_default();
    if found > known {
        return Err(StoreError::Newer { place: database.place().to_owned(), found, known });
    }
    if found == known {
        return Ok(());
    }
    for step in STEPS.iter().filter(|step| step.version > found) {
        transaction.script(step.shared).await?;
        let own = match transaction.dialect() {
            Dialect::Sqlite => step.sqlite,
            Dialect::Postgres => step.postgres,
        };
        if !own.is_empty() {
            transaction.script(own).await?;
        }
        transaction
            .execute("INSERT INTO schema_versions (version, applied_at) VALUES ($1, {now})", vec![step.version.into()])
            .await?;
    }
    transaction.commit().await
}

async fn version(transaction: &mut Transaction<'_>) -> Result<i64, StoreError> {
    transaction
        .execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)",
            vec![],
        )
        .await?;
    let row =
        transaction.fetch_first("SELECT coalesce(max(version), 0) AS version FROM schema_versions", vec![]).await?;
    row.map_or(Ok(0), |row| row.integer("version"))
}

/// The schema on PostgreSQL. Programs that start together do this one after the other; `CREATE
/// SCHEMA IF NOT EXISTS` demands the privilege even when the schema exists, hence the look first.
async fn create_schema(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    transaction.fetch("SELECT 1::bigint AS locked FROM pg_advisory_xact_lock(7235129)", vec![]).await?;
    let missing = "SELECT 1::bigint AS missing WHERE to_regnamespace('dbwright') IS NULL";
    if transaction.fetch_first(missing, vec![]).await?.is_some() {
        transaction.script("CREATE SCHEMA dbwright").await?;
    }
    Ok(())
}

/// Trigram matching where the server has it. Only an accelerator: without it, substring search
/// reads the whole (small) table.
async fn offer_trigrams(database: &Database) {
    let Backend::Postgres(pool) = &database.backend else { return };
    if let Err(error) = sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm").execute(pool).await {
        tracing::debug!(%error, "pg_trgm is not available for the state database");
    }
}
