//! A server's version, as the server writes it.

use std::fmt;

/// Version of a server program: `15.20` of PostgreSQL, `7.0.15` of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First number: what decides about features.
    pub major: u32,
    /// Second number; 0 in pre-releases of PostgreSQL.
    pub minor: u32,
    /// Third number, where the product has one.
    pub patch: Option<u32>,
}

impl Version {
    /// The first version number in `text`, such as the output of `postgres --version`.
    pub fn find_in(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let digits = text.get(start..)?;
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
        let mut parts = digits.get(..end)?.split('.').map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { major, minor, patch: parts.next().and_then(Result::ok) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

#[cfg(test)]
#[path = "version_tests.rs"]
mod tests;
