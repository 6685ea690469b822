//! Turns for other agents: what MCP's `consult` and A2A's messages share.
//!
//! A turn runs in a task of its own. A caller that goes away cancels it but never drops it half
//! done: its journal says how it ended. Turns of one conversation run one after the other, and
//! only so many run at all.

mod approvals;
mod consulted;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use dbwright_memory::Door;
use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit, mpsc};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use self::{approvals::Approvals, consulted::Watched};
pub(crate) use self::{approvals::PendingApproval, consulted::Consulted};
use crate::{
    assemble::{Opening, Specialist},
    exit::Exit,
};

/// Turns that run at the same time; further ones wait.
const AT_ONCE: usize = 4;
/// Longest silence of a turn: clients give up on calls that say nothing for a minute or less.
const LONGEST_SILENCE: Duration = Duration::from_secs(8);

/// Which conversation a turn belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversation {
    /// A new one.
    New,
    /// One of ours, which must exist.
    Existing(String),
    /// The caller's own name for it: taken up if it exists, begun under that name if not.
    Named(String),
}

/// One turn that another agent wants.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The way in.
    pub(crate) door: Door,
    /// The task in words.
    pub(crate) question: String,
    /// What it belongs to.
    pub(crate) conversation: Conversation,
    /// Ids of pending approvals that the caller grants.
    pub(crate) approved: Vec<String>,
}

/// What happens in a turn.
#[derive(Debug)]
pub(crate) enum Update {
    /// It works; in a few words.
    Progress(String),
    /// It ended.
    Ended(Box<Result<Consulted, Exit>>),
}

/// Takes turns for other agents. Clones share the limits.
#[derive(Clone)]
pub(crate) struct Delegate {
    specialist: Arc<Specialist>,
    stop: CancellationToken,
    turns: TaskTracker,
    room: Arc<Semaphore>,
    conversations: Arc<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>>,
}

impl Delegate {
    /// Takes turns until `stop` is cancelled, which cancels those under way.
    pub(crate) fn new(specialist: Arc<Specialist>, stop: CancellationToken) -> Self {
        Self {
            specialist,
            stop,
            turns: TaskTracker::new(),
            room: Arc::new(Semaphore::new(AT_ONCE)),
            conversations: Arc::default(),
        }
    }

    /// Whose turns these are.
    pub(crate) fn specialist(&self) -> &Specialist {
        &self.specialist
    }

    /// Cancelled when no further turn is taken.
    pub(crate) const fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Begins a turn.
    pub(crate) fn begin(&self, asked: Asked) -> Turn {
        let (updates, receiver) = mpsc::unbounded_channel();
        let cancel = self.stop.child_token();
        let turn = Turn {
            updates: receiver,
            cancel: cancel.clone(),
            began: Instant::now(),
            _guard: cancel.clone().drop_guard(),
        };
        let this = self.clone();
        self.turns.spawn(async move {
            let ended = this.take(asked, &updates, &cancel).await;
            // A caller that went away does not want to know.
            let _ = updates.send(Update::Ended(Box::new(ended)));
        });
        turn
    }

    /// Waits for the turns under way, once `stop` is cancelled.
    pub(crate) async fn finished(&self) {
        self.turns.close();
        self.turns.wait().await;
    }

    async fn take(
        &self,
        asked: Asked,
        updates: &mpsc::UnboundedSender<Update>,
        cancel: &CancellationToken,
    ) -> Result<Consulted, Exit> {
        let (_turn, _room) = tokio::select! {
            admitted = self.admit(&asked.conversation) => admitted?,
            () = cancel.cancelled() => return Err(Exit::Interrupted),
        };
        let approvals = Arc::new(Approvals::new(asked.approved));
        let opening = Opening {
            door: asked.door,
            title: &asked.question,
            approver: approvals.clone(),
            limits: self.specialist.limits(),
            output_schema: None,
        };
        let mut session = match &asked.conversation {
            Conversation::New => self.specialist.open(opening).await?,
            Conversation::Existing(id) => self.specialist.resume(id, opening).await?,
            Conversation::Named(id) if self.specialist.knows(id).await => self.specialist.resume(id, opening).await?,
            Conversation::Named(id) => self.specialist.open_as(id, opening).await?,
        };
        let (watcher, mut events) = mpsc::unbounded_channel();
        let watching = async {
            let mut watched = Watched::default();
            while let Some(recorded) = events.recv().await {
                if let Some(line) = watched.see(recorded) {
                    let _ = updates.send(Update::Progress(line));
                }
            }
            watched
        };
        let turn = session.turn(&self.specialist.driver, &asked.question, cancel, watcher);
        let (outcome, watched) = tokio::join!(turn, watching);
        let outcome = outcome?;
        self.specialist.store.finish_session(session.id(), &format!("{:?}", outcome.stop)).await?;
        let redactor = &self.specialist.redactor;
        Ok(Consulted::new(session.id(), outcome, watched, approvals.pending(redactor), redactor))
    }

    /// Waits for the conversation's earlier turns, then for room.
    async fn admit(
        &self,
        conversation: &Conversation,
    ) -> Result<(Option<OwnedMutexGuard<()>>, SemaphorePermit<'_>), Exit> {
        let turn = match conversation {
            Conversation::New => None,
            Conversation::Existing(id) | Conversation::Named(id) => Some(self.conversation(id).lock_owned().await),
        };
        let room = self.room.acquire().await.map_err(|_| Exit::Interrupted)?;
        Ok((turn, room))
    }

    fn conversation(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut known = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = known.get(id).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        known.insert(id.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

/// A turn under way. Dropping it cancels the turn.
#[derive(Debug)]
pub(crate) struct Turn {
    updates: mpsc::UnboundedReceiver<Update>,
    cancel: CancellationToken,
    began: Instant,
    _guard: DropGuard,
}

impl Turn {
    /// The next thing that happens; a word at least every few seconds. `None` after the end.
    pub(crate) async fn next(&mut self) -> Option<Update> {
        match tokio::time::timeout(LONGEST_SILENCE, self.updates.recv()).await {
            Ok(update) => update,
            Err(_) => Some(Update::Progress(format!("still working, {} s", self.began.elapsed().as_secs()))),
        }
    }

    /// Asks the turn to stop; it says when it has.
    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Cancelled together with the turn.
    pub(crate) fn token(&self) -> CancellationToken {
        self.cancel.clone()
    }
}
