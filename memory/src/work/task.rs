//! Tasks: put in, looked at, cancelled.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Store, StoreError,
    database::{Row, Transaction},
    learning::stored_words,
    new_id,
    time::from_millis,
};

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for a worker.
    Ready,
    /// A worker has it.
    Running,
    /// It was done.
    Done,
    /// It was tried and failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

stored_words!(TaskState:
    Ready = "ready",
    Running = "running",
    Done = "done",
    Failed = "failed",
    Cancelled = "cancelled",
);

/// A task about to be put in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// Which worker can do it.
    pub kind: String,
    /// What to do.
    pub input: Value,
    /// A second task with the same key is the first one.
    pub idempotency_key: Option<String>,
    /// Lower goes first.
    pub priority: i64,
    /// Not before; none for at once.
    pub run_at: Option<DateTime<Utc>>,
    /// How often it may be begun, the first time included.
    pub max_attempts: i64,
}

impl NewTask {
    /// A task to run once, at once.
    pub fn new(kind: impl Into<String>, input: Value) -> Self {
        Self { kind: kind.into(), input, idempotency_key: None, priority: 0, run_at: None, max_attempts: 3 }
    }
}

/// A task as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// Which worker can do it.
    pub kind: String,
    /// Where it stands.
    pub state: TaskState,
    /// What to do.
    pub input: Value,
    /// What came of it, or why it failed.
    pub result: Option<Value>,
    /// The key it was put in with.
    pub idempotency_key: Option<String>,
    /// Lower goes first.
    pub priority: i64,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// Who has it.
    pub lease_owner: Option<String>,
    /// Until when, unless renewed.
    pub lease_until: Option<DateTime<Utc>>,
    /// How often it was begun.
    pub attempts: i64,
    /// How often it may be begun.
    pub max_attempts: i64,
    /// Whether somebody wants it stopped.
    pub cancel_requested: bool,
    /// Put in.
    pub created_at: DateTime<Utc>,
    /// Done, failed or cancelled.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Puts a task in, or returns the one that was put in with the same idempotency key.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn enqueue(&self, new: &NewTask) -> Result<Task, StoreError> {
        let mut transaction = self.database.begin().await?;
        let task = enqueue(&mut transaction, new).await?;
        transaction.commit().await?;
        Ok(task)
    }

    /// The task with this id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown id.
    pub async fn task(&self, id: &str) -> Result<Task, StoreError> {
        let row = self.database.fetch_first("SELECT * FROM tasks WHERE id = $1", vec![id.into()]).await?;
        task_of(&row.ok_or_else(|| StoreError::NotFound { what: "task", id: id.to_owned() })?)
    }

    /// The task that was put in with this idempotency key.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn task_by_key(&self, key: &str) -> Result<Option<Task>, StoreError> {
        let sql = "SELECT * FROM tasks WHERE idempotency_key = $1";
        self.database.fetch_first(sql, vec![key.into()]).await?.as_ref().map(task_of).transpose()
    }

    /// Tasks in one state, or all, the newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn list_tasks(&self, state: Option<TaskState>, limit: u32) -> Result<Vec<Task>, StoreError> {
        let sql = "SELECT * FROM tasks WHERE ($1 IS NULL OR state = $1) ORDER BY created_at DESC, id DESC LIMIT $2";
        let args = vec![state.map(|state| state.as_str().to_owned()).into(), i64::from(limit).into()];
        self.database.fetch(sql, args).await?.iter().map(task_of).collect()
    }

    /// Wants a task stopped. One that waits is cancelled at once; the worker of one that runs
    /// learns of it with its next heartbeat. Finished tasks stay as they are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown id.
    pub async fn request_cancel(&self, id: &str) -> Result<Task, StoreError> {
        let sql = "UPDATE tasks SET cancel_requested = 1, \
             finished_at = CASE WHEN state = 'ready' THEN {now} ELSE finished_at END, \
             state = CASE WHEN state = 'ready' THEN 'cancelled' ELSE state END \
             WHERE id = $1 AND state IN ('ready', 'running') RETURNING id";
        self.database.write(sql, vec![id.into()]).await?;
        self.task(id).await
    }
}

pub(super) async fn enqueue(transaction: &mut Transaction<'_>, new: &NewTask) -> Result<Task, StoreError> {
    let sql = "INSERT INTO tasks (id, idempotency_key, kind, state, priority, run_at, attempts, max_attempts, \
         cancel_requested, input, created_at) VALUES ($1, $2, $3, 'ready', $4, coalesce($5, {now}), 0, $6, 0, $7, {now}) \
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING *";
    let args = vec![
        new_id().into(),
        new.idempotency_key.clone().into(),
        new.kind.as_str().into(),
        new.priority.into(),
        new.run_at.map(|at| at.timestamp_millis()).into(),
        new.max_attempts.max(1).into(),
        new.input.to_string().into(),
    ];
    if let Some(row) = transaction.fetch_first(sql, args).await? {
        return task_of(&row);
    }
    let key = new.idempotency_key.clone();
    let known =
        transaction.fetch_first("SELECT * FROM tasks WHERE idempotency_key = $1", vec![key.clone().into()]).await?;
    task_of(&known.ok_or_else(|| StoreError::NotFound { what: "task", id: key.unwrap_or_default() })?)
}

pub(super) fn task_of(row: &Row) -> Result<Task, StoreError> {
    let json = |text: String| {
        serde_json::from_str(&text).map_err(|error| StoreError::Value(format!("a stored task is not JSON: {error}")))
    };
    Ok(Task {
        id: row.text("id")?,
        kind: row.text("kind")?,
        state: row.text("state")?.parse()?,
        input: json(row.text("input")?)?,
        result: row.text_or_null("result")?.map(json).transpose()?,
        idempotency_key: row.text_or_null("idempotency_key")?,
        priority: row.integer("priority")?,
        run_at: from_millis(row.integer("run_at")?),
        lease_owner: row.text_or_null("lease_owner")?,
        lease_until: row.integer_or_null("lease_until")?.map(from_millis),
        attempts: row.integer("attempts")?,
        max_attempts: row.integer("max_attempts")?,
        cancel_requested: row.integer("cancel_requested")? != 0,
        created_at: from_millis(row.integer("created_at")?),
        finished_at: row.integer_or_null("finished_at")?.map(from_millis),
    })
}
