//! Tasks of the protocol in our store.
//!
//! While a turn runs, its task is held here by a lease in the store; every change of state is
//! written there, progress is not. Between turns, and after a restart, the store's copy is the
//! task. A task whose daemon was lost in the middle of a turn counts as failed; its conversation
//! can go on.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use a2a::{A2AError, ListTasksRequest, ListTasksResponse, Message, Part, Role, Task, TaskId, TaskState, TaskStatus};
use a2a_server::{TaskStore, task_store::TaskVersion};
use chrono::{DateTime, Utc};
use dbwright_contract::Redactor;
use dbwright_memory::{Claim, NewTask, Outcome, Store, StoreError, Task as Row, TaskState as RowState, new_id};
use tokio::sync::Mutex;

use super::push::Pushes;

/// Kinds of our tasks begin with this; the task's id makes each a kind of its own, because a
/// worker takes a task by its kind and no other daemon may take this one.
const KIND: &str = "a2a ";
/// How long the store waits for a sign of life.
const LEASE: Duration = Duration::from_secs(60);
/// How often it gets one.
const RENEW: Duration = Duration::from_secs(20);
/// Newest tasks that a listing looks at.
const LISTED: u32 = 1000;
/// Tasks on a page, where the client does not say.
const PAGE: usize = 50;
/// A conversation may come back to its task as often as it likes.
const MAX_ATTEMPTS: i64 = 1_000_000;

/// How long the ends of turns may take to arrive here once the daemon stops.
const LAST_ENDS: Duration = Duration::from_millis(500);
/// What callers of a task that was cut off read.
const CUT_OFF: &str = "the daemon was stopped; send the message again in the same context";

/// Keeps tasks. Clones are the same.
#[derive(Clone)]
pub(in super::super) struct StoredTasks {
    store: Store,
    redactor: Redactor,
    pushes: Pushes,
    owner: String,
    held: Arc<Mutex<HashMap<TaskId, Held>>>,
}

struct Held {
    task: Task,
    claim: Claim,
    renewed: Instant,
}

impl StoredTasks {
    pub(in super::super) fn new(store: Store, redactor: Redactor, pushes: Pushes) -> Self {
        Self { store, redactor, pushes, owner: new_id(), held: Arc::default() }
    }

    /// Ends what is still held, once no turn runs any more: nobody will.
    pub(in super::super) async fn settle(&self) {
        let emptied = async {
            while !self.held.lock().await.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(LAST_ENDS, emptied).await.is_ok() {
            return;
        }
        for (id, mut held) in self.held.lock().await.drain() {
            held.task.status = cut_off(TaskState::Canceled, Some(Utc::now()));
            if let Err(error) = self.write(&held).await {
                tracing::warn!(task = id, error = error.message, "a task that was cut off says so only later");
            }
        }
    }

    fn document(&self, task: &Task) -> Result<serde_json::Value, A2AError> {
        let mut document = serde_json::to_value(task).map_err(internal)?;
        self.redactor.redact_json(&mut document);
        Ok(document)
    }

    async fn claim(&self, id: &str) -> Result<Claim, A2AError> {
        let claim = self.store.claim_task(&self.owner, &[&kind(id)], LEASE).await.map_err(stored)?;
        claim.ok_or_else(|| A2AError::invalid_request(format!("task {id} is worked on elsewhere, or has ended")))
    }

    /// Writes what a held task has become, and lets go of one whose turn is over.
    async fn write(&self, held: &Held) -> Result<(), A2AError> {
        let document = self.document(&held.task)?;
        if held.task.status.state.is_terminal() {
            return self.store.finish_task(&held.claim, Outcome::Done(document)).await.map_err(stored);
        }
        self.store.note_result(&held.claim, &document).await.map_err(stored)?;
        if waits(&held.task) {
            self.store.release_task(&held.claim, Utc::now()).await.map_err(stored)?;
        }
        Ok(())
    }

    async fn load(&self, id: &str) -> Result<Option<Task>, A2AError> {
        let row = self.store.task_by_key(&key(id)).await.map_err(stored)?;
        row.map(read).transpose()
    }
}

#[async_trait::async_trait]
impl TaskStore for StoredTasks {
    async fn create(&self, task: Task) -> Result<TaskVersion, A2AError> {
        let mut held = self.held.lock().await;
        let row = NewTask {
            idempotency_key: Some(key(&task.id)),
            max_attempts: MAX_ATTEMPTS,
            ..NewTask::new(kind(&task.id), self.document(&task)?)
        };
        self.store.enqueue(&row).await.map_err(stored)?;
        let claim = self.claim(&task.id).await?;
        held.insert(task.id.clone(), Held { task, claim, renewed: Instant::now() });
        Ok(1)
    }

    async fn update(&self, task: Task) -> Result<TaskVersion, A2AError> {
        let mut all = self.held.lock().await;
        let id = task.id.clone();
        let mut held = match all.remove(&id) {
            Some(held) => held,
            None => {
                let known = self.load(&id).await?.ok_or_else(|| A2AError::task_not_found(&id))?;
                if known.status.state.is_terminal() {
                    // Saying the same end again is no change; another end is refused.
                    return if known.status.state == task.status.state { Ok(1) } else { Err(ended(&id, &known)) };
                }
                Held { task: known, claim: self.claim(&id).await?, renewed: Instant::now() }
            }
        };
        let changed = held.task.status.state != task.status.state || held.task.artifacts != task.artifacts;
        held.task = task;
        let written = if changed {
            self.write(&held).await
        } else if held.renewed.elapsed() >= RENEW {
            held.renewed = Instant::now();
            self.store.heartbeat(&held.claim, LEASE).await.map(drop).map_err(stored)
        } else {
            Ok(())
        };
        if let Err(error) = written {
            all.insert(id, held);
            return Err(error);
        }
        if changed {
            self.pushes.tell(&held.task);
        }
        if !held.task.status.state.is_terminal() && !waits(&held.task) {
            all.insert(id, held);
        }
        Ok(1)
    }

    async fn get(&self, task_id: &str) -> Result<Option<Task>, A2AError> {
        if let Some(held) = self.held.lock().await.get(task_id) {
            return Ok(Some(held.task.clone()));
        }
        self.load(task_id).await
    }

    async fn list(&self, request: &ListTasksRequest) -> Result<ListTasksResponse, A2AError> {
        let held = self.held.lock().await;
        let mut tasks = Vec::new();
        for row in self.store.list_tasks(None, LISTED).await.map_err(stored)? {
            let Some(id) = row.kind.strip_prefix(KIND) else { continue };
            let task = match held.get(id) {
                Some(held) => held.task.clone(),
                None => read(row)?,
            };
            if wanted(request, &task) {
                tasks.push(task);
            }
        }
        drop(held);
        tasks.sort_by(|one, other| other.status.timestamp.cmp(&one.status.timestamp).then(one.id.cmp(&other.id)));
        page(request, tasks)
    }

    async fn begin_cancel(&self, task_id: &str) -> Result<Task, A2AError> {
        let mut all = self.held.lock().await;
        let mut held = match all.remove(task_id) {
            Some(held) => held,
            None => {
                let task = self.load(task_id).await?.ok_or_else(|| A2AError::task_not_found(task_id))?;
                if task.status.state.is_terminal() {
                    return Err(A2AError::task_not_cancelable(task_id));
                }
                Held { task, claim: self.claim(task_id).await?, renewed: Instant::now() }
            }
        };
        held.task.status = TaskStatus { state: TaskState::Canceled, message: None, timestamp: Some(Utc::now()) };
        self.write(&held).await?;
        self.pushes.tell(&held.task);
        Ok(held.task)
    }
}

fn kind(id: &str) -> String {
    format!("{KIND}{id}")
}

fn key(id: &str) -> String {
    kind(id)
}

/// Whether the task waits for its caller.
fn waits(task: &Task) -> bool {
    matches!(task.status.state, TaskState::InputRequired | TaskState::AuthRequired)
}

/// The task that a row holds: what was written last, else as it was put in.
fn read(row: Row) -> Result<Task, A2AError> {
    let lost = row.state == RowState::Failed
        || (row.state == RowState::Running && row.lease_until.is_none_or(|until| until < Utc::now()));
    let document = row.result.filter(|result| result.get("id").is_some()).unwrap_or(row.input);
    let mut task: Task = serde_json::from_value(document).map_err(internal)?;
    if lost && !task.status.state.is_terminal() {
        task.status = cut_off(TaskState::Failed, row.lease_until);
    }
    Ok(task)
}

fn cut_off(state: TaskState, timestamp: Option<DateTime<Utc>>) -> TaskStatus {
    TaskStatus { state, message: Some(Message::new(Role::Agent, vec![Part::text(CUT_OFF)])), timestamp }
}

fn wanted(request: &ListTasksRequest, task: &Task) -> bool {
    request.context_id.as_ref().is_none_or(|context| *context == task.context_id)
        && request.status.as_ref().is_none_or(|state| *state == task.status.state)
        && request.status_timestamp_after.is_none_or(|after| task.status.timestamp.is_some_and(|at| at > after))
}

fn page(request: &ListTasksRequest, tasks: Vec<Task>) -> Result<ListTasksResponse, A2AError> {
    let size = request.page_size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0).unwrap_or(PAGE);
    let start = match request.page_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => token.parse().map_err(|_| A2AError::invalid_params("the page token is not one of ours"))?,
        None => 0,
    };
    let total = tasks.len();
    let mut shown: Vec<Task> = tasks.into_iter().skip(start).take(size).collect();
    if request.include_artifacts != Some(true) {
        shown.iter_mut().for_each(|task| task.artifacts = None);
    }
    let end = start.saturating_add(shown.len());
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    Ok(ListTasksResponse {
        tasks: shown,
        next_page_token: if end < total { end.to_string() } else { String::new() },
        page_size: count(size),
        total_size: count(total),
    })
}

fn ended(id: &str, known: &Task) -> A2AError {
    A2AError::invalid_request(format!("task {id} has ended as {:?}", known.status.state))
}

fn stored(error: StoreError) -> A2AError {
    A2AError::internal(error.to_string())
}

fn internal(error: serde_json::Error) -> A2AError {
    A2AError::internal(format!("a task cannot be stored: {error}"))
}

#[cfg(test)]
#[path = "tasks_tests.rs"]
mod tests;
