//! The reply of `INFO`, parsed.

use std::collections::BTreeMap;

use serde::Serialize;

/// Server facts by field name, all sections together (their field names do not collide).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ServerInfo {
    fields: BTreeMap<String, String>,
}

/// One line of the `keyspace` section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseKeys {
    /// Number of the logical database.
    pub database: u32,
    /// Keys in it.
    pub keys: u64,
    /// Keys with a TTL.
    pub expires: u64,
}

/// One line of the `commandstats` section.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandStat {
    /// Full name in upper case, container and subcommand joined by `|`.
    pub name: String,
    /// Calls since the last reset.
    pub calls: u64,
    /// Microseconds spent in them.
    pub usec: u64,
    /// Mean microseconds of one call.
    pub usec_per_call: f64,
    /// Calls that failed while running (absent before 6.2.?: 0).
    pub failed_calls: u64,
    /// Calls that were refused before running.
    pub rejected_calls: u64,
}

impl ServerInfo {
    /// Parses the text of one or more `INFO` replies.
    pub fn parse(text: &str) -> Self {
        let fields = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.trim_end().split_once(':'))
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .collect();
        Self { fields }
    }

    /// A field as text; absent and empty are the same.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field as a number.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.text(field)?.parse().ok()
    }

    /// A field as a fraction.
    pub fn ratio(&self, field: &str) -> Option<f64> {
        self.text(field)?.trim_end_matches('%').parse().ok()
    }

    /// The server's version: `(7, 0, 15)`. Valkey reports the Redis version that it is
    /// compatible with here.
    pub fn version(&self) -> Option<(u32, u32, u32)> {
        let mut parts = self.text("redis_version")?.split('.').map(|part| part.parse().unwrap_or(0));
        Some((parts.next()?, parts.next()?, parts.next().unwrap_or(0)))
    }

    /// Logical databases that hold keys.
    pub fn databases(&self) -> Vec<DatabaseKeys> {
        let mut found: Vec<DatabaseKeys> = self
            .fields
            .iter()
            .filter_map(|(field, value)| {
                let database = field.strip_prefix("db")?.parse().ok()?;
                let keys = part(value, "keys")?.parse().ok()?;
                let expires = part(value, "expires")?.parse().unwrap_or(0);
                Some(DatabaseKeys { database, keys, expires })
            })
            .collect();
        found.sort_by_key(|line| line.database);
        found
    }

    /// Statistics by command, most time first.
    pub fn commands(&self) -> Vec<CommandStat> {
        let mut found: Vec<CommandStat> = self
            .fields
            .iter()
            .filter_map(|(field, value)| {
                let name = field.strip_prefix("cmdstat_")?.to_ascii_uppercase();
                let number = |name: &str| part(value, name).and_then(|text| text.parse().ok()).unwrap_or(0);
                Some(CommandStat {
                    name,
                    calls: number("calls"),
                    usec: number("usec"),
                    usec_per_call: part(value, "usec_per_call").and_then(|text| text.parse().ok()).unwrap_or(0.0),
                    failed_calls: number("failed_calls"),
                    rejected_calls: number("rejected_calls"),
                })
            })
            .collect();
        found.sort_by(|a, b| b.usec.cmp(&a.usec).then_with(|| a.name.cmp(&b.name)));
        found
    }

    /// Fields `slave0`, `slave1`, …: connected replicas as raw text.
    pub fn replicas(&self) -> impl Iterator<Item = &str> {
        (0..).map_while(|number| self.text(&format!("slave{number}")))
    }
}

/// The value of `name` in `a=1,b=2`.
pub(crate) fn part<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.split(',').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_databases_and_commands() {
        let info = ServerInfo::parse(
            "# Server\r\nredis_version:7.0.15\r\nused_memory:1048576\r\nmem_fragmentation_ratio:1.25\r\n\
             # Keyspace\r\ndb0:keys=5,expires=2,avg_ttl=100\r\ndb12:keys=1,expires=0,avg_ttl=0\r\n\
             # Commandstats\r\ncmdstat_config|get:calls=2,usec=90,usec_per_call=45.00,rejected_calls=1,failed_calls=0\r\n\
             cmdstat_keys:calls=9,usec=900000,usec_per_call=100000.00\r\nslave0:ip=127.0.0.1,port=1,state=online,offset=10,lag=0\r\n",
        );
        assert_eq!(info.version(), Some((7, 0, 15)));
        assert_eq!(info.number("used_memory"), Some(1_048_576));
        assert_eq!(info.databases().last().map(|db| (db.database, db.keys)), Some((12, 1)));
        let commands = info.commands();
        assert_eq!(commands[0].name, "KEYS");
        assert_eq!((commands[1].name.as_str(), commands[1].rejected_calls), ("CONFIG|GET", 1));
        assert_eq!(info.replicas().count(), 1);
    }
}
