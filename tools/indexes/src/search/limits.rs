//! When an index is worth advising.

use serde::{Deserialize, Serialize};

/// Thresholds and budgets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Indexes at most.
    pub max_indexes: usize,
    /// Bytes at most, all new indexes together.
    pub budget_bytes: Option<u64>,
    /// An index must save some statement at least this share of its cost.
    pub least_share: f64,
    /// And at least this many cost units in each execution: about a hundred pages read in order.
    pub least_cost: f64,
    /// And either this share of what the statement cost without any new index,
    pub least_of_first: f64,
    /// or this share of what the whole workload costs with the indexes chosen so far.
    pub least_of_workload: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_indexes: 20,
            budget_bytes: None,
            least_share: 0.2,
            least_cost: 100.0,
            least_of_first: 0.03,
            least_of_workload: 0.02,
        }
    }
}

impl Limits {
    /// Whether one statement's gain is worth an index, weight aside.
    pub fn is_gain(&self, before: f64, after: f64) -> bool {
        let saved = before - after;
        saved >= self.least_cost && saved >= before * self.least_share
    }
}
