//! What a concurrent build leaves behind when it is stopped, and how it goes away again.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use sqlx::PgConnection;

use super::{
    catalog::{There, there},
    judge,
    name::ObjectName,
    others,
    step::{Step, StepKind},
    timing::Patience,
    writer::Writer,
};
use crate::{Database, PgError};

/// Looking into the catalog takes no longer.
const LOOK: Duration = Duration::from_secs(10);

/// The oid of the table that a concurrent statement works on.
pub(super) async fn table_of(database: &Database, kind: &StepKind) -> Result<Option<i64>, ToolError> {
    let name = match kind {
        StepKind::CreateIndex { table, .. } => table,
        StepKind::DropIndex { index, .. } => index,
        StepKind::Reindex { target, .. } => target,
        _ => return Ok(None),
    };
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    let table = sqlx::query_scalar(
        "SELECT /* dbwright */ coalesce((SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = r.oid), r.oid)::int8
         FROM (SELECT pg_catalog.to_regclass($1)::oid AS oid) r",
    )
    .bind(name.to_string())
    .fetch_one(writer.connection())
    .await
    .map_err(PgError::from)?;
    writer.close().await;
    Ok(table)
}

/// Removes what an earlier run left of the same thing, or the statement would fail on it.
pub(super) async fn remove_earlier(
    database: &Database,
    cx: &CallCx,
    step: &Step,
    patience: &Patience,
) -> Result<(), ToolError> {
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    let found = match &step.kind {
        StepKind::CreateIndex { .. } => match there(writer.connection(), step).await? {
            There::Leftover(words) => Some(words),
            _ => None,
        },
        StepKind::Reindex { target, .. } => {
            let copies = rebuild_copies(writer.connection(), target).await?;
            (!copies.is_empty()).then(|| format!("an earlier rebuild left {}", copies.join(", ")))
        }
        _ => None,
    };
    writer.close().await;
    if let Some(found) = found {
        cx.progress(format!("{found}; dropping it first"));
        remove(database, &step.kind, patience.clean_up).await.map_err(ToolError::Failed)?;
    }
    Ok(())
}

/// Drops what a stopped statement left; names of what was dropped.
///
/// # Errors
/// What is still there, who holds it, and how to drop it.
pub(super) async fn remove(database: &Database, kind: &StepKind, within: Duration) -> Result<Vec<String>, String> {
    let look = async {
        let mut writer = Writer::open(database, LOOK, LOOK).await?;
        let found = left_by(writer.connection(), kind).await?;
        writer.close().await;
        Ok::<_, ToolError>(found)
    };
    let left =
        look.await.map_err(|error| format!("whether an invalid index is left could not be looked up ({error})"))?;
    for index in &left {
        drop_index(database, index, within).await?;
    }
    Ok(left)
}

async fn drop_index(database: &Database, index: &str, within: Duration) -> Result<(), String> {
    let sql = format!("DROP INDEX CONCURRENTLY {index}");
    let step = judge::step(&sql).map_err(|error| error.to_string())?;
    let mut writer = Writer::open(database, within, Duration::ZERO).await.map_err(|error| error.to_string())?;
    let pid = writer.pid();
    let work = writer.run(database, &step);
    let mut held_by = Vec::new();
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = async { loop {
            tokio::time::sleep(within.min(Duration::from_secs(1)) / 2).await;
            if let Ok(look) = others::look(database, pid).await && !look.waits_for.is_empty() {
                held_by = look.waits_for;
            }
        } } => never,
    };
    outcome.map_err(|error| {
        let holders = if held_by.is_empty() {
            error.to_string()
        } else {
            format!("its table is in use by {}", others::named(&held_by))
        };
        format!("the invalid index {index} could not be dropped ({holders}): run `{sql}` when that has ended")
    })
}

/// Invalid indexes that this statement can have left, as quoted names.
async fn left_by(connection: &mut PgConnection, kind: &StepKind) -> Result<Vec<String>, PgError> {
    match kind {
        StepKind::CreateIndex { table, index, .. } => Ok(sqlx::query_scalar(
            "SELECT /* dbwright */ pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE i.indrelid = pg_catalog.to_regclass($1) AND c.relname = $2 AND c.relkind = 'i' AND NOT i.indisvalid",
        )
        .bind(table.to_string())
        .bind(&index.name)
        .fetch_all(connection)
        .await?),
        StepKind::DropIndex { index, concurrently: true } => Ok(sqlx::query_scalar(
            "SELECT /* dbwright */ pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE i.indexrelid = pg_catalog.to_regclass($1) AND NOT i.indisvalid",
        )
        .bind(index.to_string())
        .fetch_all(connection)
        .await?),
        StepKind::Reindex { target, .. } => rebuild_copies(connection, target).await,
        _ => Ok(Vec::new()),
    }
}

/// `_ccnew` and `_ccold`: the copies of REINDEX CONCURRENTLY, with nobody at work on them.
async fn rebuild_copies(connection: &mut PgConnection, target: &ObjectName) -> Result<Vec<String>, PgError> {
    Ok(sqlx::query_scalar(
        "SELECT /* dbwright */ pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE i.indrelid = (SELECT coalesce((SELECT x.indrelid FROM pg_catalog.pg_index x WHERE x.indexrelid = r.oid), r.oid)
                             FROM (SELECT pg_catalog.to_regclass($1)::oid AS oid) r)
           AND NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = i.indrelid)",
    )
    .bind(target.to_string())
    .fetch_all(connection)
    .await?)
}
