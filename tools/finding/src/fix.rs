//! What to do about it: runnable, with its price and the way back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of remedy; decides which tool may carry it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the contract's own words")]
pub enum FixKind {
    CreateIndex,
    DropIndex,
    Analyze,
    CreateStatistics,
    RewriteQuery,
    SetOption,
    Vacuum,
    Migration,
    TerminateSession,
    Code,
    RedisConfig,
    RedisData,
    None,
}

/// A remedy. `statements` run top to bottom as they stand; text for people goes to `notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// What kind of remedy this is.
    #[serde(rename = "type")]
    pub kind: FixKind,
    /// Runnable statements (SQL, or redis commands for the redis kinds), in order.
    #[serde(default)]
    pub statements: Vec<String>,
    /// Statements that take the fix back, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
    /// The strongest table lock that any statement takes, in the server's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// Whether the statements may run inside a transaction block.
    #[serde(default)]
    pub transactional: bool,
    /// What a person should know before running it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl Fix {
    /// A remedy made of statements that cannot or need not share a transaction.
    pub fn sql<I, S>(kind: FixKind, statements: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self {
            kind,
            statements: statements.into_iter().map(Into::into).collect(),
            undo: Vec::new(),
            lock: None,
            transactional: false,
            notes: None,
        }
    }

    /// Advice in words only: no statement can do it.
    pub fn advice(kind: FixKind, notes: impl Into<String>) -> Self {
        Self::sql(kind, Vec::<String>::new()).notes(notes)
    }

    /// Adds the way back.
    #[must_use]
    pub fn undo<I, S>(mut self, statements: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.undo = statements.into_iter().map(Into::into).collect();
        self
    }

    /// Names the strongest lock, as `pg_locks.mode` spells it.
    #[must_use]
    pub fn lock(mut self, mode: impl Into<String>) -> Self {
        self.lock = Some(mode.into());
        self
    }

    /// Marks the statements as safe inside one transaction block.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.transactional = true;
        self
    }

    /// Adds what a person should know.
    #[must_use]
    pub fn notes(mut self, notes: impl Into<String>) -> Self {
        self.notes = Some(notes.into());
        self
    }
}
