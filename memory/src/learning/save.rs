//! Saving: new, merged into what is known, or superseding it.

use chrono::Days;
use dbwright_contract::failpoint;
use dbwright_finding::Measured;

use super::{
    Learning, LearningStatus, MeasuredAt, NewLearning, dedupe::dedupe_key, gate::admit, learning_of, status::record,
    store,
};
use crate::{
    Store, StoreError,
    database::{Dialect, Transaction},
    new_id,
    time::now,
};

/// Measurements kept for one learning: the first, and the newest.
const SERIES: usize = 50;

/// The one living learning on a subject.
const LIVING: &str = "SELECT * FROM learnings WHERE dedupe_key = $1 AND superseded_by IS NULL";

/// What a save did, with the row as it now stands in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Read back after the write.
    pub learning: Learning,
    /// It was known already: the measurement was added to the known learning.
    pub merged: bool,
    /// The learning that this one contradicts and replaces.
    pub supersedes: Option<String>,
}

impl Store {
    /// Saves a learning that passes the write gate, cleaned of secrets. A second save of the same
    /// merges; one with the opposite outcome supersedes. Returns the row read back.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is no proof, or it is too large.
    pub async fn save_learning(&self, new: NewLearning) -> Result<Saved, StoreError> {
        let fresh = fresh(admit(new, &self.redactor)?);
        let mut transaction = self.database.begin().await?;
        if transaction.dialect() == Dialect::Postgres {
            // Saves are rare; one after the other, two of the same cannot both be the first.
            transaction.execute("LOCK TABLE learnings IN SHARE ROW EXCLUSIVE MODE", vec![]).await?;
        }
        let known = transaction.fetch_first(LIVING, vec![dedupe_key(&fresh).into()]).await?;
        let known = known.as_ref().map(learning_of).transpose()?;
        let agent = fresh.provenance.agent.clone().unwrap_or_else(|| "agent".to_owned());
        let (id, merged, supersedes) = match known {
            None => (insert(&mut transaction, &fresh, &agent, "first seen").await?, false, None),
            Some(known) if contradicts(&known, &fresh) => {
                supersede(&mut transaction, &known, &fresh, &agent).await?;
                (fresh.id.clone(), false, Some(known.id))
            }
            Some(known) => (merge(&mut transaction, known, fresh, &agent).await?, true, None),
        };
        let row = transaction.fetch_first("SELECT * FROM learnings WHERE id = $1", vec![id.as_str().into()]).await?;
        let learning = row.as_ref().map(learning_of).transpose()?;
        failpoint::reached("learning.uncommitted");
        transaction.commit().await?;
        failpoint::reached("learning.committed");
        let learning = learning.ok_or(StoreError::NotFound { what: "learning", id })?;
        Ok(Saved { learning, merged, supersedes })
    }

    /// The learning that a save of `new` would meet, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when `new` would not be saved at all.
    pub async fn known_learning(&self, new: NewLearning) -> Result<Option<Learning>, StoreError> {
        let fresh = fresh(admit(new, &self.redactor)?);
        let known = self.database.fetch_first(LIVING, vec![dedupe_key(&fresh).into()]).await?;
        known.as_ref().map(learning_of).transpose()
    }
}

fn fresh(new: NewLearning) -> Learning {
    let at = now();
    let verified = new.status == LearningStatus::Verified;
    Learning {
        id: new_id(),
        kind: new.kind,
        title: new.title.trim().to_owned(),
        body: new.body,
        context: new.context,
        scope: new.scope,
        tables: new.tables,
        columns: new.columns,
        query_fingerprint: new.query_fingerprint,
        query_normalized: new.query_normalized,
        key_template: new.key_template,
        measurements: new.measured.map(|measured| MeasuredAt { at, measured }).into_iter().collect(),
        server_version: new.server_version,
        ddl_applied: new.ddl_applied,
        ddl_undo: new.ddl_undo,
        status: new.status,
        status_reason: None,
        superseded_by: None,
        provenance: new.provenance,
        confidence: new.confidence,
        hits: 1,
        created_at: at,
        last_seen: at,
        last_verified: verified.then_some(at),
        next_check: at.checked_add_days(Days::new(1)),
    }
}

async fn insert(
    transaction: &mut Transaction<'_>,
    fresh: &Learning,
    agent: &str,
    reason: &str,
) -> Result<String, StoreError> {
    store(transaction, fresh).await?;
    record(transaction, &fresh.id, None, Some(fresh.status), agent, reason).await?;
    Ok(fresh.id.clone())
}

/// The same subject with the opposite outcome.
fn contradicts(known: &Learning, fresh: &Learning) -> bool {
    let outcomes = known.latest().and_then(outcome).zip(fresh.latest().and_then(outcome));
    outcomes.is_some_and(|(known, fresh)| known != fresh)
}

/// Whether it clearly helped or clearly hurt; small differences are noise.
fn outcome(measured: &Measured) -> Option<bool> {
    match measured.ratio? {
        ratio if ratio > 1.1 => Some(true),
        ratio if ratio < 0.9 => Some(false),
        _ => None,
    }
}

async fn supersede(
    transaction: &mut Transaction<'_>,
    known: &Learning,
    fresh: &Learning,
    agent: &str,
) -> Result<(), StoreError> {
    let reason = "a later measurement has the opposite outcome";
    let old = Learning {
        status: LearningStatus::Superseded,
        status_reason: Some(reason.to_owned()),
        superseded_by: Some(fresh.id.clone()),
        next_check: None,
        ..known.clone()
    };
    store(transaction, &old).await?;
    record(transaction, &old.id, Some(known.status), Some(old.status), agent, reason).await?;
    insert(transaction, fresh, agent, &format!("supersedes {}", known.id)).await.map(drop)
}

/// Adds what is new to what is known. What a person rejected stays rejected until a person says
/// otherwise.
async fn merge(
    transaction: &mut Transaction<'_>,
    known: Learning,
    fresh: Learning,
    agent: &str,
) -> Result<String, StoreError> {
    let before = known.status;
    let decided = before == LearningStatus::Rejected && fresh.provenance.user_statement.is_none();
    let weaker = before.holds() && fresh.status.weight() < before.weight();
    let status = if decided || weaker { before } else { fresh.status };
    let mut measurements = known.measurements;
    measurements.extend(fresh.measurements);
    if measurements.len() > SERIES {
        measurements.drain(1..=measurements.len() - SERIES);
    }
    let keeps_words = fresh.body.trim().is_empty() || fresh.context.trim().is_empty();
    let tainted = fresh.provenance.tainted || known.provenance.tainted && keeps_words;
    let newer = |new: String, old: String| if new.trim().is_empty() { old } else { new };
    let merged = Learning {
        title: fresh.title,
        body: newer(fresh.body, known.body),
        context: newer(fresh.context, known.context),
        scope: super::Scope {
            project: fresh.scope.project.or(known.scope.project),
            db_fingerprint: known.scope.db_fingerprint,
            schema: known.scope.schema,
        },
        tables: union(known.tables, fresh.tables),
        columns: union(known.columns, fresh.columns),
        query_fingerprint: known.query_fingerprint.or(fresh.query_fingerprint),
        query_normalized: fresh.query_normalized.or(known.query_normalized),
        measurements,
        server_version: fresh.server_version.or(known.server_version),
        ddl_applied: if fresh.ddl_applied.is_empty() { known.ddl_applied } else { fresh.ddl_applied },
        ddl_undo: if fresh.ddl_undo.is_empty() { known.ddl_undo } else { fresh.ddl_undo },
        status,
        status_reason: if status == before { known.status_reason } else { None },
        provenance: super::Provenance { tainted, ..fresh.provenance },
        confidence: known.confidence.max(fresh.confidence),
        hits: known.hits + 1,
        last_seen: fresh.last_seen,
        last_verified: fresh.last_verified.or(known.last_verified),
        next_check: if status.holds() { fresh.next_check } else { known.next_check },
        id: known.id,
        kind: known.kind,
        key_template: known.key_template,
        superseded_by: None,
        created_at: known.created_at,
    };
    store(transaction, &merged).await?;
    if status != before {
        record(transaction, &merged.id, Some(before), Some(status), agent, "saved again").await?;
    }
    Ok(merged.id)
}

fn union(mut known: Vec<String>, fresh: Vec<String>) -> Vec<String> {
    for name in fresh {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known
}
