//! The journal's side of the store.

use chrono::DateTime;

use super::{Door, JournalEntry, NewSession, SessionRecord, StoredEntry, ownership::CLAIM, writer::Append};
use crate::{
    Store, StoreError,
    database::Row,
    time::{from_millis, now},
};

impl Store {
    /// Begins a session.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the id is taken.
    pub async fn create_session(&self, session: &NewSession) -> Result<(), StoreError> {
        let at = now().timestamp_millis();
        let clean = |text: &str| self.redactor.redact(text).into_owned();
        let inserted = self
            .database
            .write(
                "INSERT INTO sessions (id, title, door, model, persona, cwd, target, started_at, last_at, owner, \
                 lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, {now} + $10) ON CONFLICT (id) DO NOTHING RETURNING id",
                vec![
                    session.id.as_str().into(),
                    clean(&session.title).into(),
                    session.door.as_str().into(),
                    session.model.clone().into(),
                    session.persona.clone().into(),
                    session.cwd.clone().into(),
                    session.target.as_deref().map(clean).into(),
                    at.into(),
                    self.owner.text().into(),
                    i64::try_from(CLAIM.as_millis()).unwrap_or(i64::MAX / 2).into(),
                ],
            )
            .await?;
        match inserted.is_empty() {
            true => Err(StoreError::Exists { what: "session", id: session.id.clone() }),
            false => Ok(()),
        }
    }

    /// Stores events, cleaned of secrets, with consecutive numbers; all or none. When this
    /// returns they are on disk. Returns the number of the last one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown session; otherwise why nothing could be written.
    pub async fn append(&self, session_id: &str, entries: &[JournalEntry]) -> Result<i64, StoreError> {
        let entries = entries
            .iter()
            .map(|entry| {
                let mut payload = entry.payload.clone();
                self.redactor.redact_json(&mut payload);
                (entry.kind.clone(), payload.to_string())
            })
            .collect();
        self.journal.append(Append { session_id: session_id.to_owned(), entries }).await
    }

    /// The events of a session after number `after_seq` (0 for all), in order.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn entries(&self, session_id: &str, after_seq: i64) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = self
            .database
            .fetch(
                "SELECT seq, at, kind, payload FROM journal WHERE session_id = $1 AND seq > $2 ORDER BY seq",
                vec![session_id.into(), after_seq.into()],
            )
            .await?;
        rows.iter().map(entry_of).collect()
    }

    /// The latest sessions, the most recently active first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn list_sessions(&self, limit: u32) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = self
            .database
            .fetch("SELECT * FROM sessions ORDER BY last_at DESC, id DESC LIMIT $1", vec![i64::from(limit).into()])
            .await?;
        rows.iter().map(session_of).collect()
    }

    /// The session with this id, or the only one whose id begins with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Ambiguous`] when several begin with it.
    pub async fn session(&self, id_or_prefix: &str) -> Result<SessionRecord, StoreError> {
        let rows = self
            .database
            .fetch(
                "SELECT * FROM sessions WHERE substr(id, 1, length($1)) = $1 ORDER BY id LIMIT 50",
                vec![id_or_prefix.into()],
            )
            .await?;
        let sessions: Vec<SessionRecord> = rows.iter().map(session_of).collect::<Result<_, _>>()?;
        if let Some(exact) = sessions.iter().find(|session| session.id == id_or_prefix) {
            return Ok(exact.clone());
        }
        match <[SessionRecord; 1]>::try_from(sessions) {
            Ok([only]) if !id_or_prefix.is_empty() => Ok(only),
            Err(several) if several.len() > 1 => {
                Err(StoreError::Ambiguous { what: "session", prefix: id_or_prefix.to_owned(), count: several.len() })
            }
            _ => Err(StoreError::NotFound { what: "session", id: id_or_prefix.to_owned() }),
        }
    }

    /// Marks a session as finished, with how it ended in a word or two. Later events reopen it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown session.
    pub async fn finish_session(&self, session_id: &str, outcome: &str) -> Result<(), StoreError> {
        let updated = self
            .database
            .write(
                "UPDATE sessions SET finished_at = {now}, outcome = $2, owner = NULL, lease_until = NULL \
                 WHERE id = $1 RETURNING id",
                vec![session_id.into(), self.redactor.redact(outcome).into_owned().into()],
            )
            .await?;
        match updated.is_empty() {
            true => Err(StoreError::NotFound { what: "session", id: session_id.to_owned() }),
            false => Ok(()),
        }
    }
}

fn entry_of(row: &Row) -> Result<StoredEntry, StoreError> {
    let payload = row.text("payload")?;
    Ok(StoredEntry {
        seq: row.integer("seq")?,
        at: from_millis(row.integer("at")?),
        kind: row.text("kind")?,
        payload: serde_json::from_str(&payload)
            .map_err(|error| StoreError::Value(format!("a journal entry is not JSON: {error}")))?,
    })
}

fn session_of(row: &Row) -> Result<SessionRecord, StoreError> {
    let door = row.text("door")?;
    let known = Door::ALL.into_iter().find(|known| known.as_str() == door);
    let finished: Option<DateTime<_>> = row.integer_or_null("finished_at")?.map(from_millis);
    Ok(SessionRecord {
        id: row.text("id")?,
        title: row.text("title")?,
        door: known.ok_or_else(|| StoreError::Value(format!("a stored session has the unknown door {door}")))?,
        model: row.text_or_null("model")?,
        persona: row.text_or_null("persona")?,
        cwd: row.text_or_null("cwd")?,
        target: row.text_or_null("target")?,
        started_at: from_millis(row.integer("started_at")?),
        last_at: from_millis(row.integer("last_at")?),
        finished_at: finished,
        outcome: row.text_or_null("outcome")?,
        last_seq: row.integer("last_seq")?,
    })
}
