//! Instants as both databases store them: whole milliseconds since 1970, in a BIGINT.

use chrono::{DateTime, Utc};

/// Now, to the millisecond, so that a value written and read back is equal.
pub(crate) fn now() -> DateTime<Utc> {
    from_millis(Utc::now().timestamp_millis())
}

/// The stored form as an instant; out of range (a hand-edited file) becomes the epoch.
pub(crate) fn from_millis(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}
