//! A number or fact with the tool result it came from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One fact behind a finding: where it was read, what it is called there, what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The tool result or view: `explain#3`, `pg_stat_user_indexes`, `INFO memory`.
    pub source: String,
    /// The field in that source: `rows_removed`, `idx_scan`.
    pub field: String,
    /// The value as read; units are in the field's name (`_ms`, `_bytes`).
    pub value: Value,
}

impl Evidence {
    /// A fact from `source`.
    pub fn new(source: impl Into<String>, field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { source: source.into(), field: field.into(), value: value.into() }
    }
}
