//! Before and after, and how they were obtained.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the comparison ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The planner's costs with an index that does not exist (hypopg).
    Hypothetical,
    /// Executed on a throwaway copy.
    Scratch,
    /// Executed on the database itself.
    Live,
}

/// One side of a comparison. Absent fields were not measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// Execution time in milliseconds: the median of the runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// Shared buffers touched (hit + read), in 8 kB pages: stable between runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers: Option<u64>,
    /// The planner's total cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// A paired comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Where it ran.
    pub how: How,
    /// Without the fix.
    pub before: Measurement,
    /// With the fix.
    pub after: Measurement,
    /// How many times better: buffers if both sides have them, else time, else cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

impl Measured {
    /// Compares both sides on the most stable unit that both have: buffers, then time, then cost.
    /// A zero on the after side counts as one page or a thousandth of a millisecond or cost unit.
    pub fn compare(how: How, before: Measurement, after: Measurement) -> Self {
        let over = |b: f64, a: f64, least: f64| (b > 0.0).then(|| b.max(least) / a.max(least));
        #[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
        let buffers = before.buffers.zip(after.buffers).and_then(|(b, a)| over(b as f64, a as f64, 1.0));
        let ms = before.ms.zip(after.ms).and_then(|(b, a)| over(b, a, 0.001));
        let cost = before.cost.zip(after.cost).and_then(|(b, a)| over(b, a, 0.001));
        let ratio = buffers.or(ms).or(cost).map(|r| (r * 100.0).round() / 100.0);
        Self { how, before, after, ratio }
    }
}
