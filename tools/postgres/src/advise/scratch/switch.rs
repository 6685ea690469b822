//! Hides indexes from the planner and shows them again.
//!
//! An index that is marked invalid is maintained but never planned with. On a server that nobody
//! else uses, and that is thrown away, the mark can be set by hand: real indexes become as easy to
//! try in sets as hypothetical ones.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::PgError;

/// Leaves exactly `visible` of `all` usable.
pub(super) async fn show_only(
    admin: &mut PgConnection,
    all: &[String],
    visible: &BTreeSet<String>,
) -> Result<(), PgError> {
    let visible: Vec<&str> = visible.iter().map(String::as_str).collect();
    sqlx::query(
        "UPDATE pg_catalog.pg_index i SET indisvalid = (c.relname = ANY($2))
         FROM pg_catalog.pg_class c
         WHERE c.oid = i.indexrelid AND c.relname = ANY($1) AND i.indisvalid <> (c.relname = ANY($2))",
    )
    .bind(all)
    .bind(visible)
    .execute(admin)
    .await?;
    Ok(())
}
