//! The result of one probe.

use serde::{Deserialize, Serialize};

/// A part of a snapshot: read, skipped with the reason, or not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe<T> {
    /// Nobody asked for this part.
    #[default]
    NotAsked,
    /// The value as read.
    Ok(T),
    /// It could not be read; the reason names the lock, grant or extension that is missing.
    Skipped {
        /// One sentence for people.
        reason: String,
    },
}

impl<T> Probe<T> {
    /// A part that could not be read.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped { reason: reason.into() }
    }

    /// The value, if it was read.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Ok(value) => Some(value),
            Self::NotAsked | Self::Skipped { .. } => None,
        }
    }

    /// Why it is missing although it was asked for.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped { reason } => Some(reason),
            Self::NotAsked | Self::Ok(_) => None,
        }
    }
}

impl<T> Probe<Vec<T>> {
    /// The rows, or none when the part is missing.
    pub fn rows(&self) -> &[T] {
        self.get().map_or(&[], Vec::as_slice)
    }
}
