//! What a finding is about, and where it stands in a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of thing that has the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the field's own terms")]
pub enum ObjectKind {
    Table,
    Index,
    Column,
    Sequence,
    Constraint,
    Query,
    Session,
    Slot,
    Setting,
    Policy,
    Function,
    Key,
    Script,
    Migration,
    File,
}

impl ObjectKind {
    /// The word used in JSON and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::Column => "column",
            Self::Sequence => "sequence",
            Self::Constraint => "constraint",
            Self::Query => "query",
            Self::Session => "session",
            Self::Slot => "slot",
            Self::Setting => "setting",
            Self::Policy => "policy",
            Self::Function => "function",
            Self::Key => "key",
            Self::Script => "script",
            Self::Migration => "migration",
            Self::File => "file",
        }
    }
}

/// The one thing that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Qualified name as a person would type it: `public.orders`, `session 4711`, `cart:{id}`.
    pub name: String,
    /// The columns concerned, in index or predicate order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// `pg_stat_statements.queryid` as text (it does not fit a JavaScript number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
}

impl Object {
    /// An object without columns.
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), columns: Vec::new(), query_id: None }
    }

    /// The same object, narrowed to columns.
    #[must_use]
    pub fn columns<I, S>(mut self, columns: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The same object, tied to a statement of `pg_stat_statements`.
    #[must_use]
    pub fn query_id(mut self, query_id: impl Into<String>) -> Self {
        self.query_id = Some(query_id.into());
        self
    }
}

/// A place in a file. Line and column count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Path relative to the workspace where possible.
    pub file: String,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1.
    pub column: u32,
}
