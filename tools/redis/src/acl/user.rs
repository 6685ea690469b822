//! One user as the server describes it.

use std::collections::BTreeSet;

use redis::Value;

use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// What ACL GETUSER tells, without the password hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) flags: BTreeSet<String>,
    pub(super) has_password: bool,
    /// In the server's order, in which later rules win.
    pub(super) commands: Vec<String>,
    pub(super) keys: BTreeSet<String>,
    pub(super) channels: BTreeSet<String>,
    pub(super) has_selectors: bool,
}

impl User {
    /// `None` when there is no such user.
    pub(super) async fn read(redis: &Redis, name: &str) -> Result<Option<Self>, RedisError> {
        let reply = redis.call(redis.default_database(), &argv(["ACL", "GETUSER", name])).await?;
        Ok(Self::parse(&reply))
    }

    fn parse(reply: &Value) -> Option<Self> {
        let pairs: Vec<(String, &Value)> = match reply {
            Value::Map(pairs) => pairs.iter().filter_map(|(name, field)| Some((value::text(name)?, field))).collect(),
            other => value::items(other)
                .chunks(2)
                .filter_map(|pair| Some((value::text(pair.first()?)?, pair.get(1)?)))
                .collect(),
        };
        if pairs.is_empty() {
            return None;
        }
        let field = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, field)| *field);
        // A list before 7.0, one text with blanks since.
        let words = |wanted: &str| -> Vec<String> {
            match field(wanted) {
                Some(Value::Array(items) | Value::Set(items)) => items.iter().filter_map(value::text).collect(),
                Some(text) => value::text(text).unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
                None => Vec::new(),
            }
        };
        let with_mark = |pattern: String, mark: char| {
            if pattern.starts_with([mark, '%']) { pattern } else { format!("{mark}{pattern}") }
        };
        Some(Self {
            flags: words("flags").into_iter().collect(),
            has_password: field("passwords").is_some_and(|hashes| !value::items(hashes).is_empty()),
            commands: words("commands"),
            keys: words("keys").into_iter().map(|pattern| with_mark(pattern, '~')).collect(),
            channels: words("channels").into_iter().map(|pattern| with_mark(pattern, '&')).collect(),
            has_selectors: field("selectors").is_some_and(|selectors| !value::items(selectors).is_empty()),
        })
    }

    /// The single commands that are granted, when nothing but single commands is.
    pub(super) fn granted(&self) -> Option<BTreeSet<String>> {
        let mut granted = BTreeSet::new();
        for rule in &self.commands {
            match rule.as_str() {
                "-@all" | "nocommands" => granted.clear(),
                rule if rule.starts_with('+') && !rule.contains('@') => {
                    granted.insert(rule.to_lowercase());
                }
                rule if rule.starts_with('-') && !rule.contains('@') => {
                    granted.remove(&rule.to_lowercase().replacen('-', "+", 1));
                }
                _ => return None,
            }
        }
        Some(granted)
    }
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
