//! What the tool returns.

use dbwright_finding::Finding;
use dbwright_indexes::Advice;
use serde::Serialize;

/// Advice with its findings.
#[derive(Debug, Clone, Serialize)]
pub struct AdviseOutput {
    /// The database.
    pub database: String,
    /// What to build, what it brings, what was left out.
    #[serde(flatten)]
    pub advice: Advice,
    /// One for each index.
    pub findings: Vec<Finding>,
    /// Wall time of the whole call.
    pub elapsed_ms: u64,
}
