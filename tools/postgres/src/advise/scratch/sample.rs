//! How much of each table is copied when all of it would be too much.

use dbwright_indexes::Table;

/// Tables up to this many pages of 8 kB are copied whole: small ones decide how joins go.
const WHOLE_PAGES: u64 = 2_048;

/// Thinner samples say little about selectivity and joins.
const THINNEST: f64 = 0.02;

/// The share of each large table that is copied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    share: f64,
}

impl Sample {
    /// The share that keeps `bytes` of tables within `limit`.
    pub(super) fn within(limit: u64, bytes: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^52")]
        let share = limit as f64 / bytes.max(1) as f64;
        Self { share: share.min(1.0) }
    }

    /// Whether measurements on it would say too little.
    pub(super) fn is_too_thin(self) -> bool {
        self.share < THINNEST
    }

    /// Per cent of a table's pages; `None` where all of it is copied.
    pub(super) fn percent_of(self, table: &Table) -> Option<f64> {
        (self.share < 1.0 && table.pages > WHOLE_PAGES).then_some(self.share * 100.0)
    }
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
