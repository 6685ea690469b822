//! Pages and I/O times of a node.

use serde::Serialize;

/// Pages of 8 kB touched by a node, over all loops and workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Buffers {
    /// Found in shared buffers.
    pub hit: u64,
    /// Read from the operating system.
    pub read: u64,
    /// Made dirty by this statement.
    pub dirtied: u64,
    /// Written out by this statement.
    pub written: u64,
    /// Pages of temporary tables, found or read.
    pub local: u64,
    /// Temporary file pages read back: a spill.
    pub temp_read: u64,
    /// Temporary file pages written: a spill.
    pub temp_written: u64,
}

impl Buffers {
    /// Shared pages touched: the stable measure of work.
    pub const fn touched(&self) -> u64 {
        self.hit.saturating_add(self.read)
    }

    /// Temporary file pages moved either way.
    pub const fn temp(&self) -> u64 {
        self.temp_read.saturating_add(self.temp_written)
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These pages without those of `other`; never below zero.
    pub(crate) const fn minus(self, other: Self) -> Self {
        Self {
            hit: self.hit.saturating_sub(other.hit),
            read: self.read.saturating_sub(other.read),
            dirtied: self.dirtied.saturating_sub(other.dirtied),
            written: self.written.saturating_sub(other.written),
            local: self.local.saturating_sub(other.local),
            temp_read: self.temp_read.saturating_sub(other.temp_read),
            temp_written: self.temp_written.saturating_sub(other.temp_written),
        }
    }
}

/// Time spent on I/O calls in milliseconds; zero unless `track_io_timing` is on.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct IoTimes {
    /// Reading tables and indexes.
    pub read_ms: f64,
    /// Writing tables and indexes.
    pub write_ms: f64,
    /// Reading and writing temporary files (PG 15+).
    pub temp_ms: f64,
}
