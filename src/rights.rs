//! What our own role or user could do on a target beyond what the work needs, in the words that
//! `doctor`, reviews and the daemon use.

use dbwright_postgres::{Database, PgError, role};
use dbwright_redis::{Redis, RedisError};

/// The rights of one connection that are more than reading needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The configured name of the target.
    pub target: String,
    /// Who we are there.
    pub role: String,
    /// What it may do, one phrase each, the gravest first.
    pub own: Vec<String>,
    /// What everybody may do there.
    pub public: Vec<String>,
    /// What takes `own` away.
    pub revoke: Vec<String>,
    /// The command that makes a role without them.
    pub remedy: String,
}

impl Rights {
    /// Those on a database.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn on_database(database: &Database) -> Result<Self, PgError> {
        let power = role::power(database).await?;
        Ok(Self {
            target: database.name().to_owned(),
            own: power.own().map(|excess| excess.what.clone()).collect(),
            public: power.public().map(|excess| excess.what.clone()).collect(),
            revoke: power.own().flat_map(|excess| excess.revoke.clone()).collect(),
            remedy: format!("dbwright setup role --db {}", database.name()),
            role: power.role,
        })
    }

    /// Those on a Redis server.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn on_redis(redis: &Redis) -> Result<Self, RedisError> {
        let power = dbwright_redis::power(redis).await?;
        Ok(Self {
            target: redis.name().to_owned(),
            own: power.excess.iter().map(|excess| format!("may {}", excess.right)).collect(),
            public: Vec::new(),
            revoke: power.excess.into_iter().map(|excess| excess.revoke).collect(),
            remedy: format!("dbwright setup role --redis {}", redis.name()),
            role: power.user,
        })
    }

    /// One line for reports; `None` where there is nothing to say.
    pub fn notice(&self) -> Option<String> {
        let (first, others) = self.own.split_first()?;
        let more = match others.len() {
            0 => String::new(),
            1 => " and has 1 more right that is not needed".to_owned(),
            count => format!(" and has {count} more rights that are not needed"),
        };
        Some(format!(
            "{} is looked at as {}, which {first}{more}: everything ran read-only; `{}` makes a role that can do no harm",
            self.target, self.role, self.remedy
        ))
    }

    /// Why nobody should work with these rights unattended: each of them, and the way out.
    pub fn refusal(&self) -> Option<String> {
        if self.own.is_empty() {
            return None;
        }
        Some(format!(
            "no unattended work on {} as {}, which {}; `{}` makes a role for it, or set `allow_excessive_rights: true` \
             for {} in the configuration",
            self.target,
            self.role,
            self.own.join("; "),
            self.remedy,
            self.target
        ))
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
