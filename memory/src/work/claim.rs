//! Taking a task, keeping it, giving it back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use dbwright_contract::failpoint;
use serde_json::{Value, json};

use super::{Task, TaskState, task::task_of};
use crate::{
    Store, StoreError,
    database::{Arg, LONGEST_LEASE_MS, Row},
};

/// A task that a worker holds. Its attempt number is the fence: writes of an earlier attempt are
/// refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The task, as it was when it was taken.
    pub task: Task,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, with this result.
    Done(Value),
    /// Failed for this reason; it is not tried again.
    Failed(String),
    /// Stopped because somebody wanted it stopped.
    Cancelled,
}

impl Store {
    /// Takes the next task of one of these kinds, or one whose worker has let its lease run out,
    /// for as long as `lease`. Tasks that were begun too often fail instead.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn claim_task(&self, owner: &str, kinds: &[&str], lease: Duration) -> Result<Option<Claim>, StoreError> {
        let kinds = kinds.iter().fold(String::from(","), |list, kind| list + kind + ",");
        let give_up = "UPDATE tasks SET state = 'failed', finished_at = {now}, lease_owner = NULL, lease_until = NULL, \
             result = $1 WHERE state = 'running' AND lease_until NOT BETWEEN {now} AND {now} + {longest_lease} AND attempts >= max_attempts";
        let lost = json!({"error": "every worker that began it was lost"}).to_string();
        let take = "UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = $1, \
             lease_until = {now} + $2 WHERE id = (SELECT id FROM tasks WHERE $3 LIKE '%,' || kind || ',%' \
             AND ((state = 'ready' AND run_at <= {now}) OR (state = 'running' AND lease_until NOT BETWEEN {now} AND {now} + {longest_lease})) \
             ORDER BY priority, run_at, id LIMIT 1 {skip_locked}) RETURNING *";
        let mut transaction = self.database.begin().await?;
        transaction.execute(give_up, vec![lost.into()]).await?;
        let row = transaction.fetch_first(take, vec![owner.into(), millis(lease).into(), kinds.into()]).await?;
        failpoint::reached("task.unclaimed");
        transaction.commit().await?;
        failpoint::reached("task.claimed");
        row.map(|row| task_of(&row).map(|task| Claim { task })).transpose()
    }

    /// Renews the lease. Returns whether somebody wants the task stopped.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has it: stop at once.
    pub async fn heartbeat(&self, claim: &Claim, lease: Duration) -> Result<bool, StoreError> {
        let sql = "UPDATE tasks SET lease_until = {now} + $3 WHERE id = $1 AND attempts = $2 AND state = 'running' \
             RETURNING cancel_requested";
        Ok(self.fenced(claim, sql, vec![millis(lease).into()]).await?.integer("cancel_requested")? != 0)
    }

    /// Stores what has come of a task so far; it goes on running.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has it: nothing was stored.
    pub async fn note_result(&self, claim: &Claim, result: &Value) -> Result<(), StoreError> {
        let sql = "UPDATE tasks SET result = $3 WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING id";
        self.fenced(claim, sql, vec![result.to_string().into()]).await.map(drop)
    }

    /// Ends a task.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has it: the outcome was not stored.
    pub async fn finish_task(&self, claim: &Claim, outcome: Outcome) -> Result<(), StoreError> {
        let (state, result) = match outcome {
            Outcome::Done(result) => (TaskState::Done, result),
            Outcome::Failed(reason) => (TaskState::Failed, json!({"error": self.redactor.redact(&reason)})),
            Outcome::Cancelled => (TaskState::Cancelled, Value::Null),
        };
        let sql = "UPDATE tasks SET state = $3, result = $4, finished_at = {now}, lease_owner = NULL, \
             lease_until = NULL WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING id";
        self.fenced(claim, sql, vec![state.as_str().into(), result.to_string().into()]).await.map(drop)
    }

    /// Gives a task back, to be begun again at `run_at`; for a worker that stops, or a fault that
    /// may pass.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has it already.
    pub async fn release_task(&self, claim: &Claim, run_at: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "UPDATE tasks SET state = 'ready', run_at = $3, lease_owner = NULL, lease_until = NULL \
             WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING id";
        self.fenced(claim, sql, vec![run_at.timestamp_millis().into()]).await.map(drop)
    }

    async fn fenced(&self, claim: &Claim, sql: &str, more: Vec<Arg>) -> Result<Row, StoreError> {
        let mut args = vec![claim.task.id.as_str().into(), claim.task.attempts.into()];
        args.extend(more);
        let row = self.database.write(sql, args).await?.into_iter().next();
        row.ok_or_else(|| StoreError::LeaseLost { what: "task", id: claim.task.id.clone() })
    }
}

/// The length of a lease, at most the longest that is believed.
pub(super) fn millis(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(LONGEST_LEASE_MS).min(LONGEST_LEASE_MS)
}
