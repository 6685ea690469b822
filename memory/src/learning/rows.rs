//! A learning as a row, and back.

use dbwright_finding::Confidence;
use serde::{Serialize, de::DeserializeOwned};

use super::{Learning, Scope, dedupe::dedupe_key};
use crate::{
    StoreError,
    database::{Arg, Row, Transaction},
    search,
    time::from_millis,
};

fn json<T: Serialize>(value: &T) -> Result<Arg, StoreError> {
    serde_json::to_string(value).map(Arg::from).map_err(|error| StoreError::Value(error.to_string()))
}

fn from_json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    serde_json::from_str(&row.text(column)?)
        .map_err(|error| StoreError::Value(format!("stored column {column} of a learning is unreadable: {error}")))
}

/// Inserts or replaces the row, its table names and its words in the text index.
pub(crate) async fn store(transaction: &mut Transaction<'_>, learning: &Learning) -> Result<(), StoreError> {
    let args = vec![
        learning.id.as_str().into(),
        learning.kind.as_str().into(),
        learning.title.as_str().into(),
        learning.body.as_str().into(),
        learning.context.as_str().into(),
        learning.scope.project.clone().into(),
        learning.scope.db_fingerprint.clone().into(),
        learning.scope.schema.clone().into(),
        json(&learning.tables)?,
        json(&learning.columns)?,
        learning.query_fingerprint.clone().into(),
        learning.query_normalized.clone().into(),
        learning.key_template.clone().into(),
        json(&learning.measurements)?,
        learning.server_version.clone().into(),
        json(&learning.ddl_applied)?,
        json(&learning.ddl_undo)?,
        learning.status.as_str().into(),
        learning.status_reason.clone().into(),
        learning.superseded_by.clone().into(),
        json(&learning.provenance)?,
        learning.confidence.as_str().into(),
        dedupe_key(learning).into(),
        learning.hits.into(),
        learning.created_at.timestamp_millis().into(),
        learning.last_seen.timestamp_millis().into(),
        learning.last_verified.map(|at| at.timestamp_millis()).into(),
        learning.next_check.map(|at| at.timestamp_millis()).into(),
    ];
    transaction.execute(UPSERT, args).await?;
    transaction
        .execute("DELETE FROM learning_tables WHERE learning_id = $1", vec![learning.id.as_str().into()])
        .await?;
    for name in &learning.tables {
        transaction
            .execute(
                "INSERT INTO learning_tables (learning_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                vec![learning.id.as_str().into(), search::bare_name(name).into()],
            )
            .await?;
    }
    search::index(transaction, learning).await
}

const UPSERT: &str = "\
INSERT INTO learnings (id, kind, title, body, context, project, db_fingerprint, schema_name, tables, columns, \
query_fingerprint, query_normalized, key_template, measurements, server_version, ddl_applied, ddl_undo, status, \
status_reason, superseded_by, provenance, confidence, dedupe_key, hits, created_at, last_seen, last_verified, \
next_check) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
$22, $23, $24, $25, $26, $27, $28) \
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title, body = excluded.body, \
context = excluded.context, project = excluded.project, db_fingerprint = excluded.db_fingerprint, \
schema_name = excluded.schema_name, tables = excluded.tables, columns = excluded.columns, \
query_fingerprint = excluded.query_fingerprint, query_normalized = excluded.query_normalized, \
key_template = excluded.key_template, measurements = excluded.measurements, \
server_version = excluded.server_version, ddl_applied = excluded.ddl_applied, ddl_undo = excluded.ddl_undo, \
status = excluded.status, status_reason = excluded.status_reason, superseded_by = excluded.superseded_by, \
provenance = excluded.provenance, confidence = excluded.confidence, dedupe_key = excluded.dedupe_key, \
hits = excluded.hits, last_seen = excluded.last_seen, last_verified = excluded.last_verified, \
next_check = excluded.next_check";

pub(crate) fn learning_of(row: &Row) -> Result<Learning, StoreError> {
    Ok(Learning {
        id: row.text("id")?,
        kind: row.text("kind")?.parse()?,
        title: row.text("title")?,
        body: row.text("body")?,
        context: row.text("context")?,
        scope: Scope {
            project: row.text_or_null("project")?,
            db_fingerprint: row.text_or_null("db_fingerprint")?,
            schema: row.text_or_null("schema_name")?,
        },
        tables: from_json(row, "tables")?,
        columns: from_json(row, "columns")?,
        query_fingerprint: row.text_or_null("query_fingerprint")?,
        query_normalized: row.text_or_null("query_normalized")?,
        key_template: row.text_or_null("key_template")?,
        measurements: from_json(row, "measurements")?,
        server_version: row.text_or_null("server_version")?,
        ddl_applied: from_json(row, "ddl_applied")?,
        ddl_undo: from_json(row, "ddl_undo")?,
        status: row.text("status")?.parse()?,
        status_reason: row.text_or_null("status_reason")?,
        superseded_by: row.text_or_null("superseded_by")?,
        provenance: from_json(row, "provenance")?,
        confidence: confidence_of(&row.text("confidence")?)?,
        hits: row.integer("hits")?,
        created_at: from_millis(row.integer("created_at")?),
        last_seen: from_millis(row.integer("last_seen")?),
        last_verified: row.integer_or_null("last_verified")?.map(from_millis),
        next_check: row.integer_or_null("next_check")?.map(from_millis),
    })
}

fn confidence_of(word: &str) -> Result<Confidence, StoreError> {
    [Confidence::Rule, Confidence::Estimated, Confidence::Measured]
        .into_iter()
        .find(|known| known.as_str() == word)
        .ok_or_else(|| StoreError::Value(format!("a stored learning has the unknown confidence {word}")))
}
