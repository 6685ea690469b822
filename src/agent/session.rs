//! What lives as long as a conversation.

use std::sync::Arc;

use dbwright_contract::{Redactor, Toolbox};
use dbwright_finding::Finding;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    approval::{Approver, PermissionMode},
    budget::Limits,
    emitter::Emitter,
    event::{Recorded, Stop},
    execution::Executor,
    interrupted::{Doubts, Interrupted},
    journal::{Journal, JournalError},
    replay::Replayed,
};
use crate::model::{Item, Model, Usage};

/// What continues the transcript: a model, and what takes over when it fails.
#[derive(Clone)]
pub struct Driver {
    /// Asked first.
    pub model: Arc<dyn Model>,
    /// Finishes the turn when `model` fails; the playbook, unless it is the model itself.
    pub fallback: Option<Arc<dyn Model>>,
}

impl Driver {
    /// A driver without fallback.
    pub fn only(model: Arc<dyn Model>) -> Self {
        Self { model, fallback: None }
    }
}

/// What a session is made of. Narrow on purpose: nothing here is read from configuration later.
pub struct SessionParts {
    /// Unique; names the session in the journal.
    pub id: String,
    /// The system prompt: persona, skills, environment. Stable for the session's life.
    pub system: String,
    /// The tools on offer.
    pub toolbox: Toolbox,
    /// Where events go first.
    pub journal: Arc<dyn Journal>,
    /// Who answers questions.
    pub approver: Arc<dyn Approver>,
    /// What needs no question.
    pub mode: PermissionMode,
    /// What it may spend.
    pub limits: Limits,
    /// Knows the session's secrets.
    pub redactor: Redactor,
    /// The servers that its tools are about, in words: approvals are for these.
    pub target: String,
}

/// A conversation with the specialist.
pub struct Session {
    pub(super) system: String,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) limits: Limits,
    pub(super) executor: Executor,
    pub(super) items: Vec<Item>,
    /// Calls that were under way when the process ended; looked up before the next turn.
    pub(super) interrupted: Vec<Interrupted>,
    pub(super) turns: u32,
    pub(super) total: Usage,
    pub(super) cost_usd: Option<f64>,
    /// JSON schema that final answers must follow.
    pub(super) output_schema: Option<Value>,
}

/// How a turn went.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnOutcome {
    /// The final answer; empty when the turn ended without one.
    pub answer: String,
    /// Why it ended.
    pub stop: Stop,
    /// Exchanges with the driver.
    pub steps: u32,
    /// Name of the driver that finished the turn.
    pub driver: String,
    /// What the tools found, first finding of an id only.
    pub findings: Vec<Finding>,
}

impl Session {
    /// A new conversation.
    pub fn new(parts: SessionParts) -> Self {
        let SessionParts { id, system, toolbox, journal, approver, mode, limits, redactor, target } = parts;
        Self {
            system,
            journal,
            limits,
            executor: Executor {
                session_id: id,
                toolbox,
                approver,
                mode,
                redactor,
                target,
                tainted: false,
                approved: std::collections::HashSet::new(),
                doubts: Doubts::default(),
                found: Vec::new(),
            },
            items: Vec::new(),
            interrupted: Vec::new(),
            turns: 0,
            total: Usage::default(),
            cost_usd: None,
            output_schema: None,
        }
    }

    /// Takes up a conversation where its journal ends.
    #[must_use]
    pub fn resumed(mut self, replayed: Replayed) -> Self {
        let Replayed { items, interrupted, doubts, tainted, turns, total, cost_usd } = replayed;
        self.items = items;
        self.interrupted = interrupted;
        self.executor.doubts = doubts;
        self.executor.tainted = tainted;
        self.turns = turns;
        self.total = total;
        self.cost_usd = cost_usd;
        self
    }

    /// Asks for final answers that follow a JSON schema.
    #[must_use]
    pub fn answering(mut self, schema: Option<Value>) -> Self {
        self.output_schema = schema;
        self
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.executor.session_id
    }

    /// Tokens so far.
    pub const fn usage(&self) -> Usage {
        self.total
    }

    /// US dollars so far, where prices are known.
    pub const fn cost_usd(&self) -> Option<f64> {
        self.cost_usd
    }

    /// Whether content from outside has entered the session.
    pub const fn is_tainted(&self) -> bool {
        self.executor.tainted
    }

    /// The permission mode in force.
    pub const fn mode(&self) -> PermissionMode {
        self.executor.mode
    }

    /// Changes the permission mode for the calls to come.
    pub const fn set_mode(&mut self, mode: PermissionMode) {
        self.executor.mode = mode;
    }

    /// The transcript.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Runs one turn to its end. Every event is journaled, then sent to `watcher`. Cancelling
    /// stops the driver and the running calls; the journal says so before this returns.
    ///
    /// # Errors
    /// Only when the journal cannot record: then nothing further happens.
    pub async fn turn(
        &mut self,
        driver: &Driver,
        input: &str,
        cancel: &CancellationToken,
        watcher: UnboundedSender<Recorded>,
    ) -> Result<TurnOutcome, JournalError> {
        let emitter = Emitter::new(Arc::clone(&self.journal), self.id().to_owned(), watcher);
        super::turn::Turn::new(self, driver, cancel, emitter).run(input).await
    }
}
