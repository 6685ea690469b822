//! Which content of a file somebody has seen.

use std::fmt;

use sha2::{Digest, Sha256};

/// The content of a file at one moment, or that there was none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(Option<[u8; 32]>);

impl Version {
    /// There was no such file.
    pub(crate) const ABSENT: Self = Self(None);

    /// The version with this content.
    pub(crate) fn of(content: &[u8]) -> Self {
        Self(Some(Sha256::digest(content).into()))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Version" } else { "Version::ABSENT" })
    }
}
