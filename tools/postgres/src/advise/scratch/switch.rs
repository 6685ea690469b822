//! Hides indexes from the planner and shows them again.
//!
//! An index that is marked invalid is maintained but never planned with. On a copy that nobody
//! else uses, and that is thrown away, the mark can be set by hand: real indexes become as easy to
//! try in sets as hypothetical ones.

use sqlx::PgConnection;

use crate::PgError;

/// Makes indexes, by schema and name, usable or not.
pub(super) async fn set_visible(
    admin: &mut PgConnection,
    indexes: &[(String, String)],
    visible: bool,
) -> Result<(), PgError> {
    if indexes.is_empty() {
        return Ok(());
    }
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        indexes.iter().map(|(schema, name)| (schema.as_str(), name.as_str())).unzip();
    sqlx::query(
        "UPDATE pg_catalog.pg_index i SET indisvalid = $3
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
              unnest($1::text[], $2::text[]) AS wanted(schema, name)
         WHERE c.oid = i.indexrelid AND n.nspname = wanted.schema AND c.relname = wanted.name AND i.indisvalid <> $3",
    )
    .bind(schemas)
    .bind(names)
    .bind(visible)
    .execute(admin)
    .await?;
    Ok(())
}
