//! What the tool is asked.

use dbwright_contract::null_as_default;
use schemars::JsonSchema;
use serde::Deserialize;

/// Arguments of `tune_statement`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TuneArgs {
    /// One reading statement without EXPLAIN; $1 placeholders are allowed.
    pub sql: String,
    /// Values for $1, $2, … as text; else sampled.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: Vec<String>,
    /// Seconds to spend: 20 unless told.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}
