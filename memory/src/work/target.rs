//! One review per target at a time, among all processes that share the state.

use std::time::Duration;

use super::claim::millis;
use crate::{Store, StoreError};

/// The right to work on a target until the lease runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetLease {
    /// The target, without credentials.
    pub target: String,
    fence: i64,
}

impl Store {
    /// Takes a target that nobody holds. None when somebody does. A lease is an hour at most.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn lease_target(
        &self,
        target: &str,
        owner: &str,
        lease: Duration,
    ) -> Result<Option<TargetLease>, StoreError> {
        let sql = "INSERT INTO targets (id, lease_owner, lease_until, fence) VALUES ($1, $2, {now} + $3, 1) \
             ON CONFLICT (id) DO UPDATE SET lease_owner = excluded.lease_owner, lease_until = excluded.lease_until, \
             fence = targets.fence + 1 WHERE targets.lease_until NOT BETWEEN {now} AND {now} + {longest_lease} \
             RETURNING fence";
        let rows = self.database.write(sql, vec![target.into(), owner.into(), millis(lease).into()]).await?;
        let lease = |fence| TargetLease { target: target.to_owned(), fence };
        rows.first().map(|row| row.integer("fence").map(lease)).transpose()
    }

    /// Renews a lease.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when it had run out and somebody else took the target.
    pub async fn renew_target(&self, held: &TargetLease, lease: Duration) -> Result<(), StoreError> {
        let sql = "UPDATE targets SET lease_until = {now} + $3 WHERE id = $1 AND fence = $2 RETURNING id";
        self.target_write(held, sql, millis(lease)).await
    }

    /// Gives a target free.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when somebody else holds it by now.
    pub async fn release_target(&self, held: TargetLease) -> Result<(), StoreError> {
        let sql = "UPDATE targets SET lease_owner = NULL, lease_until = $3 WHERE id = $1 AND fence = $2 RETURNING id";
        self.target_write(&held, sql, 0).await
    }

    async fn target_write(&self, held: &TargetLease, sql: &str, value: i64) -> Result<(), StoreError> {
        let args = vec![held.target.as_str().into(), held.fence.into(), value.into()];
        match self.database.write(sql, args).await?.is_empty() {
            true => Err(StoreError::LeaseLost { what: "target", id: held.target.clone() }),
            false => Ok(()),
        }
    }
}
