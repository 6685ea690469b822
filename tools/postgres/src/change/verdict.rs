//! Whether a change stays: pure, from paired runs before and after.
//!
//! Pages first, because they hardly vary; times only where the ranges of the runs lie apart.

use dbwright_finding::Measurement;
use serde::Serialize;

use super::plan::Expectation;

/// A statement gains when it needs at most this share of what it needed.
const GAIN: f64 = 0.8;
/// A statement loses when it needs more than this share.
const LOSS: f64 = 1.1;
/// Differences of fewer pages say nothing.
const FEW_PAGES: u64 = 8;
/// Differences of fewer milliseconds say nothing.
const FEW_MS: f64 = 1.0;

/// Several executions of one statement under the same conditions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Runs {
    /// Pages touched: the median.
    pub buffers: u64,
    /// Milliseconds: the median.
    pub ms: f64,
    /// The fastest.
    pub min_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// How many count, after one that warmed the cache.
    pub runs: usize,
}

impl From<Runs> for Measurement {
    fn from(runs: Runs) -> Self {
        Self { ms: Some(runs.ms), buffers: Some(runs.buffers), cost: None }
    }
}

/// How one statement fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fared {
    /// At least 20 % less work.
    Gained,
    /// Neither.
    Same,
    /// More than 10 % more work.
    Lost,
}

impl Fared {
    /// Compares two series.
    #[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
    pub fn between(before: Runs, after: Runs) -> Self {
        let (b, a) = (before.buffers as f64, after.buffers as f64);
        if before.buffers.abs_diff(after.buffers) >= FEW_PAGES {
            if a > b * LOSS {
                return Self::Lost;
            }
            if a <= b * GAIN {
                return Self::Gained;
            }
        }
        if after.min_ms > before.max_ms * LOSS && after.min_ms - before.max_ms >= FEW_MS {
            Self::Lost
        } else if after.max_ms <= before.min_ms * GAIN && before.min_ms - after.max_ms >= FEW_MS {
            Self::Gained
        } else {
            Self::Same
        }
    }
}

/// Why a change must go, where it must.
pub(super) fn against(expect: Expectation, fared: &[Fared]) -> Option<&'static str> {
    if expect == Expectation::Nothing || fared.is_empty() {
        return None;
    }
    if fared.contains(&Fared::Lost) {
        return Some("a statement needs more than 10 % more work with it");
    }
    (expect == Expectation::Improve && !fared.contains(&Fared::Gained)).then_some("no statement gains 20 % by it")
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
