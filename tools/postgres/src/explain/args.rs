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
    /// Execute it to get real rows, times and buffers (reading statements only, rolled back).
    #[serde(default, deserialize_with = "null_as_default")]
    pub analyze: bool,
    /// Values for $1, $2, … as text. Without them: a generic plan, or sampled values when executed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: Vec<String>,
    /// Which configured database; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}
