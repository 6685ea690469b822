//! One statement of an action, as it will be sent, and what is known of it.

use dbwright_contract::Effect;
use serde::Serialize;

use super::name::ObjectName;

/// A table lock, in the server's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Lock {
    /// No table is locked.
    #[serde(rename = "none")]
    None,
    /// Reads and writes go on; other schema changes of the table wait.
    ShareUpdateExclusiveLock,
    /// Reads go on, writes wait.
    ShareLock,
    /// Reads and writes wait.
    AccessExclusiveLock,
}

impl Lock {
    /// As `pg_locks.mode` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ShareUpdateExclusiveLock => "ShareUpdateExclusiveLock",
            Self::ShareLock => "ShareLock",
            Self::AccessExclusiveLock => "AccessExclusiveLock",
        }
    }

    /// What it means for the application.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::None => "no table is locked",
            Self::ShareUpdateExclusiveLock => "reads and writes go on",
            Self::ShareLock => "reads go on, writes wait",
            Self::AccessExclusiveLock => "reads and writes wait",
        }
    }
}

/// One statement of an action: rendered by us from the parsed tree, never the text as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The exact text that is sent.
    pub sql: String,
    /// The strongest lock that it takes on a table.
    pub lock: Lock,
    /// Whether it may share a transaction.
    pub transactional: bool,
    /// What it does, for the executor and the look-up.
    #[serde(skip)]
    pub(crate) kind: StepKind,
}

/// Where a setting is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingScope {
    Role { role: String, database: Option<String> },
    Database(String),
    System,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepKind {
    CreateIndex { table: ObjectName, index: ObjectName, concurrently: bool },
    DropIndex { index: ObjectName, concurrently: bool },
    AttachIndex { parent: ObjectName, child: ObjectName },
    Reindex { target: ObjectName, is_table: bool },
    Vacuum { table: ObjectName },
    Analyze { table: ObjectName },
    CreateStatistics { statistics: ObjectName, table: ObjectName },
    DropStatistics { statistics: ObjectName },
    Options { relation: ObjectName, set: Vec<(String, String)>, reset: Vec<String> },
    StatisticsTarget { table: ObjectName, column: String, target: Option<i32> },
    ColumnOptions { table: ObjectName, column: String, set: Vec<(String, String)>, reset: Vec<String> },
    Validate { table: ObjectName, constraint: String },
    Setting { scope: SettingScope, name: String, value: Option<String> },
    Reload,
    EndSession { pid: i32, backend_start: String, terminate: bool },
}

impl StepKind {
    /// The most that it does to the world.
    pub(super) const fn effect(&self) -> Effect {
        match self {
            Self::Reindex { .. } | Self::Vacuum { .. } | Self::Analyze { .. } => Effect::Maintain,
            Self::CreateIndex { .. }
            | Self::DropIndex { .. }
            | Self::AttachIndex { .. }
            | Self::CreateStatistics { .. }
            | Self::DropStatistics { .. }
            | Self::Options { .. }
            | Self::StatisticsTarget { .. }
            | Self::ColumnOptions { .. }
            | Self::Validate { .. }
            | Self::Setting { .. }
            | Self::Reload => Effect::Change,
            Self::EndSession { .. } => Effect::Destroy,
        }
    }

    /// Whether it builds or drops beside running writes, waits for old transactions in the middle,
    /// and leaves something behind when it is stopped.
    pub(super) const fn is_concurrent(&self) -> bool {
        matches!(
            self,
            Self::CreateIndex { concurrently: true, .. }
                | Self::DropIndex { concurrently: true, .. }
                | Self::Reindex { .. }
        )
    }

    /// Whether it may run for long without holding anybody up: it scans, under a weak lock.
    pub(super) const fn is_long(&self) -> bool {
        self.is_concurrent()
            || matches!(
                self,
                Self::Vacuum { .. } | Self::Analyze { .. } | Self::Validate { .. } | Self::CreateIndex { .. }
            )
    }
}

impl Step {
    pub(super) const fn new(kind: StepKind, sql: String, lock: Lock, transactional: bool) -> Self {
        Self { sql, lock, transactional, kind }
    }
}
