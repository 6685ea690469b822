//! A task is a turn.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use a2a::{
    A2AError, Message, Part, StreamResponse, Task, TaskArtifactUpdateEvent, TaskId, TaskState, TaskStatus,
    TaskStatusUpdateEvent,
};
use a2a_server::{AgentExecutor, ExecutorContext};
use dbwright_memory::Door;
use futures_util::stream::{self, BoxStream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    super::super::delegate::{Asked, Conversation, Delegate, Update},
    outcome::{Outcome, said},
    question,
};

type Event = Result<StreamResponse, A2AError>;

/// Shortest time between two progress events of a task: a burst of them would overrun slow readers.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// Runs tasks as turns.
#[derive(Clone)]
pub(super) struct Executor {
    delegate: Delegate,
    running: Arc<Mutex<HashMap<TaskId, CancellationToken>>>,
}

impl Executor {
    pub(super) fn new(delegate: Delegate) -> Self {
        Self { delegate, running: Arc::default() }
    }

    async fn run(self, context: ExecutorContext, events: Events) {
        let Some(message) = &context.message else {
            events.end(Outcome::without_answer(TaskState::Rejected, "there is no message"), None);
            return;
        };
        events.send(StreamResponse::Task(working(&context, message)));
        let question = match question::read(message, &context.context_id) {
            Ok(question) => question,
            Err(reason) => return events.end(Outcome::without_answer(TaskState::Rejected, reason), None),
        };
        let mut turn = self.delegate.begin(Asked {
            door: Door::A2a,
            question: question.text,
            conversation: Conversation::Named(context.context_id.clone()),
            approved: question.approved,
        });
        self.lock().insert(context.task_id.clone(), turn.token());
        let mut told = Instant::now();
        while let Some(update) = turn.next().await {
            match update {
                Update::Progress(line) if told.elapsed() >= SHORTEST_PAUSE => {
                    told = Instant::now();
                    events.status(TaskState::Working, Some(said(vec![Part::text(line)])), None);
                }
                Update::Progress(_) => {}
                Update::Ended(ended) => {
                    let (outcome, driver) = match *ended {
                        Ok(consulted) => (Outcome::of(&consulted), Some(consulted.driver)),
                        Err(crate::exit::Exit::Interrupted) => {
                            (Outcome::without_answer(TaskState::Canceled, "interrupted"), None)
                        }
                        Err(exit) => {
                            let text = self.delegate.specialist().redactor.redact(&exit.to_string()).into_owned();
                            (Outcome::without_answer(TaskState::Failed, text), None)
                        }
                    };
                    events.end(outcome, driver);
                }
            }
        }
        self.lock().remove(&context.task_id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TaskId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AgentExecutor for Executor {
    fn execute(&self, context: ExecutorContext) -> BoxStream<'static, Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let events = Events { sender, task_id: context.task_id.clone(), context_id: context.context_id.clone() };
        // Ends with the turn, which the delegate waits for.
        tokio::spawn(self.clone().run(context, events));
        Box::pin(stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|event| (event, receiver))
        }))
    }

    fn cancel(&self, context: ExecutorContext) -> BoxStream<'static, Event> {
        if let Some(token) = self.lock().remove(&context.task_id) {
            token.cancel();
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        let events = Events { sender, task_id: context.task_id, context_id: context.context_id };
        events.end(Outcome::without_answer(TaskState::Canceled, "cancelled by the caller"), None);
        drop(events);
        Box::pin(stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|event| (event, receiver))
        }))
    }
}

/// The task as it begins, with the message in its history.
fn working(context: &ExecutorContext, message: &Message) -> Task {
    let stored = context.stored_task.as_ref();
    let mut history = stored.and_then(|task| task.history.clone()).unwrap_or_default();
    if !history.iter().any(|known| known.message_id == message.message_id) {
        history.push(message.clone());
    }
    Task {
        id: context.task_id.clone(),
        context_id: context.context_id.clone(),
        status: TaskStatus { state: TaskState::Working, message: None, timestamp: None },
        artifacts: stored.and_then(|task| task.artifacts.clone()),
        history: Some(history),
        metadata: stored.and_then(|task| task.metadata.clone()),
    }
}

/// Events of one task. Nobody listening any more is no fault.
struct Events {
    sender: mpsc::UnboundedSender<Event>,
    task_id: TaskId,
    context_id: String,
}

impl Events {
    fn send(&self, event: StreamResponse) {
        let _ = self.sender.send(Ok(event));
    }

    fn status(&self, state: TaskState, message: Option<Message>, driver: Option<String>) {
        self.send(StreamResponse::StatusUpdate(TaskStatusUpdateEvent {
            task_id: self.task_id.clone(),
            context_id: self.context_id.clone(),
            status: TaskStatus { state, message, timestamp: None },
            metadata: driver.map(|driver| HashMap::from([("driver".to_owned(), json!(driver))])),
        }));
    }

    fn end(&self, outcome: Outcome, driver: Option<String>) {
        for artifact in outcome.artifacts {
            self.send(StreamResponse::ArtifactUpdate(TaskArtifactUpdateEvent {
                task_id: self.task_id.clone(),
                context_id: self.context_id.clone(),
                artifact,
                append: None,
                last_chunk: Some(true),
                metadata: None,
            }));
        }
        self.status(outcome.state, outcome.message, driver);
    }
}
