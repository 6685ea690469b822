//! What is configured about one database.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Where a database stands: decides how careful a change must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Users depend on it. The default: the careful assumption.
    #[default]
    Production,
    /// A rehearsal of production.
    Staging,
    /// Somebody's own.
    Development,
}

/// The most that is allowed on a database, whatever its role could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Reads only.
    #[default]
    Read,
    /// Also ANALYZE, VACUUM and REINDEX CONCURRENTLY.
    Maintain,
    /// Also schema and data.
    Change,
}

/// One configured database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The name that tools and people use for it.
    pub name: String,
    /// Connection URL (`postgres://…`); a secret as a whole, because it may hold a password.
    pub url: SecretString,
    /// Where it stands.
    pub environment: Environment,
    /// The most that is allowed.
    pub access: Access,
    /// Whether a production database may be changed directly, outside migrations. Never true
    /// unless the configuration says so in words.
    pub allow_production_changes: bool,
}

impl DatabaseConfig {
    /// A database that may only be read and is treated as production.
    pub fn new(name: impl Into<String>, url: impl Into<SecretString>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            environment: Environment::default(),
            access: Access::default(),
            allow_production_changes: false,
        }
    }
}
