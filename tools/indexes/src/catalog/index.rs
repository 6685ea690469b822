//! An existing index.

use serde::{Deserialize, Serialize};

/// One key column of an existing index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexColumn {
    /// The column, or the expression as `pg_get_indexdef` prints it.
    pub key: String,
    /// Whether `key` is an expression.
    #[serde(default)]
    pub expression: bool,
    /// Operator class where it is not the type's default.
    #[serde(default)]
    pub opclass: Option<String>,
    /// Sorted descending.
    #[serde(default)]
    pub descending: bool,
    /// NULLs first.
    #[serde(default)]
    pub nulls_first: bool,
}

/// An existing index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Name as stored, without its schema (that of the table).
    pub name: String,
    /// Access method: `btree`, `gin`, `gist`, `hash`, `brin`, `spgist`.
    pub method: String,
    /// Key columns in order.
    pub keys: Vec<IndexColumn>,
    /// INCLUDE columns.
    #[serde(default)]
    pub include: Vec<String>,
    /// Predicate of a partial index.
    #[serde(default)]
    pub predicate: Option<String>,
    /// Enforces uniqueness.
    #[serde(default)]
    pub unique: bool,
    /// Backs a constraint (primary key, unique, exclusion) or a replica identity.
    #[serde(default)]
    pub constraint: bool,
    /// Usable by the planner.
    pub valid: bool,
    /// Scans since the statistics were reset.
    #[serde(default)]
    pub scans: u64,
    /// Size on disk.
    #[serde(default)]
    pub bytes: u64,
    /// `pg_get_indexdef`: what recreates it.
    #[serde(default)]
    pub definition: String,
}
