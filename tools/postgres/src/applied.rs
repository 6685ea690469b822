//! Which migrations a database has seen, by the records of its migration tool.

use dbwright_migrations::Tool;
use dbwright_sql::quote_qualified;
use sqlx::AssertSqlSafe;

use crate::{Database, PgError};

/// Where a tool keeps its records: table, what names a migration, which rows count.
struct Records {
    table: &'static str,
    name: &'static str,
    condition: &'static str,
}

/// The versions or names that the tool recorded as applied, as it writes them; `None` where it
/// keeps no records in this database. golang-migrate and Alembic record only the last one.
///
/// # Errors
/// When the server cannot be reached or the records cannot be read.
pub async fn applied_migrations(database: &Database, tool: Tool) -> Result<Option<Vec<String>>, PgError> {
    let Some(Records { table, name, condition }) = records(tool) else { return Ok(None) };
    let mut probe = database.probe().await?;
    let schema: Option<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
         ORDER BY n.nspname <> 'public', n.nspname LIMIT 1",
    )
    .bind(table)
    .fetch_optional(probe.connection())
    .await?;
    let applied = match schema {
        None => None,
        Some(schema) => {
            let table = quote_qualified(Some(&schema), table);
            let sql = format!(
                "SELECT /* dbwright */ ({name})::text FROM {table} WHERE ({condition}) AND ({name}) IS NOT NULL"
            );
            Some(sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(probe.connection()).await?)
        }
    };
    probe.finish().await;
    Ok(applied)
}

const fn records(tool: Tool) -> Option<Records> {
    let (table, name, condition) = match tool {
        Tool::Sqlx => ("_sqlx_migrations", "version", "success"),
        Tool::Flyway => ("flyway_schema_history", "version", "success"),
        Tool::Goose => ("goose_db_version", "version_id", "is_applied"),
        Tool::Dbmate | Tool::Rails => ("schema_migrations", "version", "true"),
        Tool::GolangMigrate => ("schema_migrations", "version", "NOT dirty"),
        Tool::Diesel => ("__diesel_schema_migrations", "version", "true"),
        Tool::Prisma => ("_prisma_migrations", "migration_name", "finished_at IS NOT NULL AND rolled_back_at IS NULL"),
        Tool::Knex => ("knex_migrations", "name", "true"),
        Tool::Alembic => ("alembic_version", "version_num", "true"),
        Tool::Django => ("django_migrations", "app || '/' || name", "true"),
        Tool::Plain => return None,
    };
    Some(Records { table, name, condition })
}
