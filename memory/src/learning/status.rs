//! Where a learning stands, and how it came there.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Learning, LearningStatus, learning_of, store};
use crate::{
    Store, StoreError,
    database::{Row, Transaction},
    new_id, search,
    time::{from_millis, now},
};

/// One line of a learning's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Before; none when it was created.
    pub from: Option<LearningStatus>,
    /// After; none when it was forgotten.
    pub to: Option<LearningStatus>,
    /// Who changed it.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Sets where a learning stands, with who says so and why, and appends it to the history.
    /// While it is found verified, the time to its next check grows: 1, 3, 9, then 30 days.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown id.
    pub async fn set_status(
        &self,
        id: &str,
        status: LearningStatus,
        actor: &str,
        reason: &str,
    ) -> Result<Learning, StoreError> {
        let reason = self.redactor.redact(reason).into_owned();
        let mut transaction = self.database.begin().await?;
        let row = transaction.fetch_first("SELECT * FROM learnings WHERE id = $1", vec![id.into()]).await?;
        let missing = || StoreError::NotFound { what: "learning", id: id.to_owned() };
        let known = learning_of(&row.ok_or_else(missing)?)?;
        let at = now();
        let verified = status == LearningStatus::Verified;
        let changed = Learning {
            status,
            status_reason: (!reason.is_empty()).then(|| reason.clone()),
            last_seen: at,
            last_verified: if verified { Some(at) } else { known.last_verified },
            next_check: next_check(&known, status, at),
            ..known.clone()
        };
        store(&mut transaction, &changed).await?;
        record(&mut transaction, id, Some(known.status), Some(status), actor, &reason).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Deletes a learning; its history keeps that it was forgotten, by whom and why.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown id.
    pub async fn forget(&self, id: &str, actor: &str, reason: &str) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        search::remove(&mut transaction, id).await?;
        let deleted =
            transaction.fetch_first("DELETE FROM learnings WHERE id = $1 RETURNING status", vec![id.into()]).await?;
        let deleted = deleted.ok_or_else(|| StoreError::NotFound { what: "learning", id: id.to_owned() })?;
        let status = deleted.text("status")?.parse()?;
        record(&mut transaction, id, Some(status), None, actor, &self.redactor.redact(reason)).await?;
        transaction.commit().await
    }

    /// The history of a learning, oldest first; also of one that was forgotten.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn learning_history(&self, id: &str) -> Result<Vec<StatusChange>, StoreError> {
        let sql = "SELECT * FROM learning_events WHERE learning_id = $1 ORDER BY at, id";
        self.database.fetch(sql, vec![id.into()]).await?.iter().map(change_of).collect()
    }
}

/// Appends to the history.
pub(crate) async fn record(
    transaction: &mut Transaction<'_>,
    id: &str,
    from: Option<LearningStatus>,
    to: Option<LearningStatus>,
    actor: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let word = |status: Option<LearningStatus>| status.map(|status| status.as_str().to_owned());
    transaction
        .execute(
            "INSERT INTO learning_events (id, learning_id, at, from_status, to_status, actor, reason) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                new_id().into(),
                id.into(),
                now().timestamp_millis().into(),
                word(from).into(),
                word(to).into(),
                actor.into(),
                reason.into(),
            ],
        )
        .await
        .map(drop)
}

fn change_of(row: &Row) -> Result<StatusChange, StoreError> {
    let status = |word: Option<String>| word.map(|word| word.parse()).transpose();
    Ok(StatusChange {
        at: from_millis(row.integer("at")?),
        from: status(row.text_or_null("from_status")?)?,
        to: status(row.text_or_null("to_status")?)?,
        actor: row.text("actor")?,
        reason: row.text("reason")?,
    })
}

fn next_check(known: &Learning, status: LearningStatus, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let day = TimeDelta::days(1);
    match status {
        LearningStatus::Rejected | LearningStatus::Superseded => None,
        LearningStatus::Verified => {
            let last = known.last_verified.zip(known.next_check).map(|(verified, check)| check - verified);
            let pause = last.map_or(day, |last| (last * 3).clamp(day, TimeDelta::days(30)));
            at.checked_add_signed(pause)
        }
        LearningStatus::Proposed | LearningStatus::Applied | LearningStatus::Regressed | LearningStatus::Stale => {
            at.checked_add_signed(day)
        }
    }
}
