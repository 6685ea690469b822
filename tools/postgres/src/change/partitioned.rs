//! CONCURRENTLY does not exist for indexes of partitioned tables: said before the server does,
//! with the recipe.

use dbwright_contract::ToolError;
use sqlx::PgConnection;

use super::step::StepKind;
use crate::PgError;

/// Refuses what cannot be done without stopping writes, or need not stop them.
pub(super) async fn refuse(connection: &mut PgConnection, kind: &StepKind) -> Result<(), ToolError> {
    let (name, concurrently, wants_partitioned) = match kind {
        StepKind::CreateIndex { table, concurrently, .. } => (table, *concurrently, !*concurrently),
        StepKind::DropIndex { index, concurrently } => (index, *concurrently, !*concurrently),
        _ => return Ok(()),
    };
    let relkind: Option<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ relkind::text FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)",
    )
    .bind(name.to_string())
    .fetch_optional(connection)
    .await
    .map_err(PgError::from)?;
    let creates = matches!(kind, StepKind::CreateIndex { .. });
    match relkind.as_deref() {
        None if creates => Err(ToolError::NotFound(format!("there is no table {name}"))),
        Some("p") if concurrently => Err(ToolError::Refused(format!(
            "write.partitioned: {name} is partitioned, and its index cannot be built CONCURRENTLY in one statement: CREATE INDEX … ON ONLY \
             {name} first, then CREATE INDEX CONCURRENTLY on each partition and ALTER INDEX … ATTACH PARTITION"
        ))),
        Some("I") if concurrently => Err(ToolError::Refused(format!(
            "write.partitioned: {name} belongs to a partitioned table and cannot be dropped CONCURRENTLY: DROP INDEX {name}, \
             which stops reads and writes for as long as it waits for its lock"
        ))),
        Some("i") if wants_partitioned && !creates => Err(ToolError::Refused(format!(
            "write.concurrently: DROP INDEX {name} stops reads and writes of its table: DROP INDEX CONCURRENTLY {name}"
        ))),
        Some("r" | "m") if wants_partitioned && creates => Err(ToolError::Refused(format!(
            "write.concurrently: {name} is not partitioned, so ONLY would build the index and stop writes: CREATE INDEX CONCURRENTLY"
        ))),
        _ => Ok(()),
    }
}
