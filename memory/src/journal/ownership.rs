//! Who works in which session: taken when it begins or goes on, given up when it ends.
//!
//! A process that dies cannot say so. On the same machine its absence is seen at once; on another
//! one (state on PostgreSQL) it is believed once it has not renewed its claim for a minute.

use std::{sync::Weak, time::Duration};

use super::owner::{Life, Owner};
use crate::{
    Store, StoreError,
    database::{Database, Dialect, LONGEST_LEASE_MS},
};

/// How long a claim holds without a sign of life.
pub(super) const CLAIM: Duration = Duration::from_secs(60);
/// How often a sign is given.
const RENEW: Duration = Duration::from_secs(20);
/// The outcome of sessions that were cut off.
const INTERRUPTED: &str = "Interrupted";

impl Store {
    /// Takes up a session for this process.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another living process works in it, [`StoreError::NotFound`]
    /// when there is no such session.
    pub async fn adopt_session(&self, session_id: &str) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let sql = "SELECT owner, lease_until, finished_at, {now} AS now FROM sessions WHERE id = $1";
        let row = transaction.fetch_first(sql, vec![session_id.into()]).await?;
        let row = row.ok_or_else(|| StoreError::NotFound { what: "session", id: session_id.to_owned() })?;
        if let Some(owner) = row.text_or_null("owner")?
            && row.integer_or_null("finished_at")?.is_none()
            && owner != self.owner.text()
            && self.lives(&owner, row.integer_or_null("lease_until")?, row.integer("now")?)
        {
            return Err(StoreError::InUse { id: session_id.to_owned(), by: Owner::named(&owner) });
        }
        let sql = "UPDATE sessions SET owner = $2, lease_until = {now} + $3 WHERE id = $1";
        let claim = i64::try_from(CLAIM.as_millis()).unwrap_or(i64::MAX / 2);
        transaction.execute(sql, vec![session_id.into(), self.owner.text().into(), claim.into()]).await?;
        transaction.commit().await
    }

    /// Marks sessions as interrupted whose process is gone; returns how many there were.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn close_cut_off_sessions(&self) -> Result<usize, StoreError> {
        let sql = "SELECT id, owner, lease_until, {now} AS now FROM sessions \
             WHERE finished_at IS NULL AND owner IS NOT NULL";
        let mut closed = 0;
        for row in self.database.fetch(sql, vec![]).await? {
            let (id, owner) = (row.text("id")?, row.text("owner")?);
            if self.lives(&owner, row.integer_or_null("lease_until")?, row.integer("now")?) {
                continue;
            }
            let sql = "UPDATE sessions SET finished_at = last_at, outcome = $3, owner = NULL, lease_until = NULL \
                 WHERE id = $1 AND owner = $2 AND finished_at IS NULL RETURNING id";
            closed += self.database.write(sql, vec![id.into(), owner.into(), INTERRUPTED.into()]).await?.len();
        }
        Ok(closed)
    }

    fn lives(&self, owner: &str, lease_until: Option<i64>, now: i64) -> bool {
        match self.owner.life_of(owner) {
            Life::Alive => true,
            Life::Gone => false,
            Life::Elsewhere => lease_until.is_some_and(|until| (now..=now + LONGEST_LEASE_MS).contains(&until)),
        }
    }
}

/// Renews this process's claims while the database is in use, where other machines may look.
pub(crate) fn keep_claims(database: &std::sync::Arc<Database>, owner: &Owner) {
    if database.dialect() != Dialect::Postgres {
        return;
    }
    let (database, owner) = (std::sync::Arc::downgrade(database), owner.text());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(RENEW).await;
            let Some(renewed) = renew(&database, &owner).await else { return };
            if let Err(error) = renewed {
                tracing::debug!(%error, "cannot renew the claims on sessions");
            }
        }
    });
}

/// `None` once nobody uses the database any more.
async fn renew(database: &Weak<Database>, owner: &str) -> Option<Result<(), StoreError>> {
    let database = database.upgrade()?;
    let sql = "UPDATE sessions SET lease_until = {now} + $2 WHERE owner = $1 AND finished_at IS NULL RETURNING id";
    let claim = i64::try_from(CLAIM.as_millis()).unwrap_or(i64::MAX / 2);
    Some(database.write(sql, vec![owner.into(), claim.into()]).await.map(drop))
}
