//! How much to look at.

use std::time::Duration;

/// How many keys are looked at in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSize {
    /// This many, by chance.
    Keys(usize),
    /// Every key.
    All,
}

impl SampleSize {
    /// Keys kept for a look in detail. `All` has a limit too: names are held in memory.
    pub(crate) const fn capacity(self) -> usize {
        match self {
            Self::Keys(keys) => keys,
            Self::All => 1_000_000,
        }
    }
}

/// What to analyse, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Keys looked at in detail.
    pub sample: SampleSize,
    /// Wall time for reading keys; what was read until then is reported.
    pub max_time: Duration,
    /// Only keys that match this pattern.
    pub pattern: Option<String>,
    /// The logical database; the configured one when absent.
    pub database: Option<u32>,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self { sample: SampleSize::Keys(10_000), max_time: Duration::from_secs(10), pattern: None, database: None }
    }
}
