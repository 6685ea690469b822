//! What the tool takes.

use dbwright_contract::null_as_default;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the advice is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Hypothetical indexes first, then executed on a scratch copy where the tables are small
    /// enough; what could not be done is said.
    #[default]
    Auto,
    /// Hypothetical indexes only (hypopg).
    Hypothetical,
    /// On a scratch copy only.
    Scratch,
    /// Candidates only: nothing is tried.
    None,
}

/// Arguments of the tool.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviseArgs {
    /// One each. Empty: the top of pg_stat_statements.
    #[serde(default, deserialize_with = "null_as_default")]
    pub statements: Vec<String>,
    /// Indexes to advise at most: 20 unless told.
    #[serde(default)]
    pub max_indexes: Option<u32>,
    /// Bytes for all of them together.
    #[serde(default)]
    pub budget_bytes: Option<u64>,
    /// auto unless told.
    #[serde(default, deserialize_with = "null_as_default")]
    pub verify: Verify,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}
