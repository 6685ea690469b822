//! Everything of a server that an attack could change, as one comparable value.

use std::collections::BTreeMap;

use redis::{Value, aio::MultiplexedConnection};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint {
    parts: BTreeMap<String, String>,
    /// Only grows, unless somebody resets the statistics.
    connections: u64,
    /// Refused commands and logins; grows with each of them, unless somebody clears it.
    refusals: usize,
}

impl Fingerprint {
    pub async fn read(connection: &mut MultiplexedConnection) -> Self {
        let mut print = Self::default();
        for database in 0..3 {
            ask(connection, &["SELECT", &database.to_string()]).await;
            let Value::Array(keys) = ask(connection, &["KEYS", "*"]).await else { continue };
            for key in keys {
                let Value::BulkString(key) = key else { continue };
                let name = String::from_utf8_lossy(&key).into_owned();
                let dump = format!("{:?}", ask(connection, &["DUMP", &name]).await);
                let expires = !matches!(ask(connection, &["PTTL", &name]).await, Value::Int(-1));
                print.parts.insert(format!("key {database}/{name}"), format!("{dump} {expires}"));
            }
        }
        ask(connection, &["SELECT", "0"]).await;
        for command in
            [&["CONFIG", "GET", "*"][..], &["ACL", "LIST"], &["SLOWLOG", "LEN"], &["FUNCTION", "DUMP"], &["LASTSAVE"]]
        {
            print.parts.insert(command.join(" "), format!("{:?}", ask(connection, command).await));
        }
        let count = |value: &Value| match value {
            Value::Array(items) => items.len(),
            _ => 0,
        };
        let events = count(&ask(connection, &["LATENCY", "LATEST"]).await);
        print.parts.insert("latency events".to_owned(), events.to_string());
        print.refusals = count(&ask(connection, &["ACL", "LOG", "100"]).await);
        let info = text(&ask(connection, &["INFO", "everything"]).await);
        for field in [
            "role",
            "master_replid",
            "connected_slaves",
            "total_forks",
            "rdb_saves",
            "number_of_cached_scripts",
            "run_id",
        ] {
            let found = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
            print.parts.insert(format!("INFO {field}"), found.unwrap_or_default().to_owned());
        }
        let received = info.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        print.connections = received.and_then(|count| count.trim().parse().ok()).unwrap_or(0);
        let clients = text(&ask(connection, &["CLIENT", "LIST"]).await);
        print.parts.insert("bystanders".to_owned(), clients.matches("name=bystander").count().to_string());
        print
    }

    /// Names of what is not as it was.
    pub fn differences(&self, after: &Self) -> Vec<String> {
        let names = self.parts.keys().chain(after.parts.keys().filter(|name| !self.parts.contains_key(*name)));
        let mut changed: Vec<String> =
            names.filter(|name| self.parts.get(*name) != after.parts.get(*name)).cloned().collect();
        if after.connections < self.connections {
            changed.push("statistics".to_owned());
        }
        if after.refusals < self.refusals {
            changed.push("ACL LOG".to_owned());
        }
        changed
    }
}

pub async fn ask(connection: &mut MultiplexedConnection, words: &[&str]) -> Value {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(connection).await.unwrap_or(Value::Nil)
}

pub fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone(),
        _ => String::new(),
    }
}
