//! Fills a server that is ours to change: the demo's keyspace.
//!
//! Never for a server under review: nothing here is judged or bounded.

use crate::{Redis, RedisError, server::argv};

/// Commands that travel together: enough to hide the way, few enough for one buffer.
const BATCH: usize = 1_000;

impl Redis {
    /// Sends every command, thousands at a time, and returns how many were sent.
    ///
    /// # Errors
    /// The first command that the server refuses, or the loss of the connection.
    pub async fn load<C, P>(&self, commands: impl IntoIterator<Item = C>) -> Result<u64, RedisError>
    where
        C: IntoIterator<Item = P>,
        P: AsRef<[u8]>,
    {
        let mut sent = 0;
        let mut batch = Vec::with_capacity(BATCH);
        let mut commands = commands.into_iter();
        loop {
            batch.extend(commands.by_ref().take(BATCH).map(argv));
            if batch.is_empty() {
                return Ok(sent);
            }
            for reply in self.pipeline(self.default_database(), &batch).await? {
                reply?;
                sent += 1;
            }
            batch.clear();
        }
    }

    /// A number from `INFO`, of any section.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn info_number(&self, field: &str) -> Result<Option<u64>, RedisError> {
        let reply = self.call(self.default_database(), &argv(["INFO"])).await?;
        let text = match reply {
            redis::Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            redis::Value::VerbatimString { text, .. } => text,
            _ => return Ok(None),
        };
        let wanted = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        Ok(wanted.and_then(|value| value.trim().parse().ok()))
    }

    /// How many keys the default database holds.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn count_keys(&self) -> Result<u64, RedisError> {
        match self.call(self.default_database(), &argv(["DBSIZE"])).await? {
            redis::Value::Int(keys) => Ok(u64::try_from(keys).unwrap_or_default()),
            _ => Ok(0),
        }
    }
}
