//! Table locks, by the server's names.

/// A table lock mode that migrations take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lock {
    /// `CONCURRENTLY` forms, `VALIDATE CONSTRAINT`.
    ShareUpdateExclusive,
    /// `CREATE INDEX`.
    Share,
    /// Foreign keys and triggers.
    ShareRowExclusive,
    /// `REFRESH … CONCURRENTLY`.
    Exclusive,
    /// Most of `ALTER TABLE`.
    AccessExclusive,
}

impl Lock {
    /// As `pg_locks.mode` spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// What waits behind it.
    pub(crate) const fn blocks(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => "schema changes and vacuum",
            Self::Share | Self::ShareRowExclusive => "writes",
            Self::Exclusive => "writes and locking reads",
            Self::AccessExclusive => "reads and writes",
        }
    }
}
