//! Which server, and what may be done to it.

use secrecy::SecretString;

/// What the owner allows on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Reading only.
    #[default]
    Read,
    /// Changes after approval.
    Change,
}

/// A configured server.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// The name it goes by in reports.
    pub name: String,
    /// `redis://`, `rediss://` or `redis+unix://`, credentials included.
    pub url: SecretString,
    /// What may be done to it.
    pub access: Access,
}

impl RedisConfig {
    /// A server that is only read.
    pub fn new(name: impl Into<String>, url: impl Into<SecretString>) -> Self {
        Self { name: name.into(), url: url.into(), access: Access::Read }
    }
}
