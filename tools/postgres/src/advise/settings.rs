//! What advice may take: time, rows, space, and where copies go.

use std::time::Duration;

use secrecy::SecretString;

/// Where scratch copies are made.
#[derive(Debug, Clone, Default)]
pub enum ScratchPlace {
    /// On a throwaway server on this machine, of the same major version.
    #[default]
    Auto,
    /// Nowhere: advice rests on hypothetical indexes.
    Nowhere,
    /// On this server, in a database of its own that is dropped afterwards. Where the database
    /// under advice is on the same server and idle, it is cloned there (`CREATE DATABASE …
    /// TEMPLATE`); else the tables are copied.
    Server(SecretString),
}

/// Limits of one call.
#[derive(Debug, Clone)]
pub struct AdviseSettings {
    /// Statements taken from `pg_stat_statements`, by total time.
    pub statements: u32,
    /// Comparing plans ends after this, with the best set so far.
    pub search_time: Duration,
    /// Executing on the copy ends after this.
    pub trial_time: Duration,
    /// One execution may take this long.
    pub run_timeout: Duration,
    /// Statements executed in one trial.
    pub executed: usize,
    /// Tables up to this size are copied whole without being asked to; of larger ones a sample.
    pub copy_bytes: u64,
    /// The same when a scratch copy was asked for.
    pub scratch_bytes: u64,
    /// Where copies are made.
    pub scratch: ScratchPlace,
}

impl Default for AdviseSettings {
    fn default() -> Self {
        Self {
            statements: 200,
            search_time: Duration::from_secs(30),
            trial_time: Duration::from_secs(120),
            run_timeout: Duration::from_secs(5),
            executed: 120,
            copy_bytes: 256 << 20,
            scratch_bytes: 2 << 30,
            scratch: ScratchPlace::Auto,
        }
    }
}
