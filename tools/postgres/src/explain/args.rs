//! What the tool is asked.

use dbwright_contract::null_as_default;
use schemars::JsonSchema;
use serde::Deserialize;

/// Arguments of `Explain`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainArgs {
    /// One statement without EXPLAIN; $1 placeholders are allowed.
    pub sql: String,
    /// Execute it (reading statements only, rolled back).
    #[serde(default, deserialize_with = "null_as_default")]
    pub analyze: bool,
    /// Values for $1, $2, … as text; else generic, or sampled when executed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: Vec<String>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}
