//! How long a change may wait and hold others up.

use std::time::Duration;

/// Limits of waiting. The defaults are for production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one lock of a statement in a transaction: for so long may those queue who come after it.
    pub lock: Duration,
    /// Attempts to get such a lock.
    pub attempts: u32,
    /// Pause after the first failed attempt; doubled each time, with jitter.
    pub pause: Duration,
    /// For transactions that are older than the change, before it begins and while it waits for them.
    pub old_transactions: Duration,
    /// For which another session may stand behind a concurrent build before the build gives way.
    pub blocking: Duration,
    /// For taking away what a stopped build left behind.
    pub clean_up: Duration,
    /// For one statement that scans under a weak lock.
    pub long_statement: Duration,
    /// For one statement that only changes the catalog.
    pub short_statement: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(1),
            attempts: 6,
            pause: Duration::from_millis(500),
            old_transactions: Duration::from_secs(300),
            blocking: Duration::from_secs(5),
            clean_up: Duration::from_secs(20),
            long_statement: Duration::from_secs(6 * 3600),
            short_statement: Duration::from_secs(30),
        }
    }
}
