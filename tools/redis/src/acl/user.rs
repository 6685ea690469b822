//! One user as the server describes it.

use std::collections::{BTreeMap, BTreeSet};

use redis::Value;

use crate::{
    RedisError,
    server::{Argv, Redis, argv, value},
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

    /// Whether only single commands are granted. Servers before 7.2 describe a user in categories
    /// whatever it was made of.
    pub(super) fn names_single_commands(&self) -> bool {
        self.commands.iter().all(|rule| rule == "-@all" || !rule.contains('@'))
    }

    /// The commands that the rules grant, one by one.
    pub(super) fn granted(&self, categories: &Categories) -> BTreeSet<String> {
        categories.granted(&self.commands)
    }
}

/// Which commands belong to which category, as the server tells it.
#[derive(Debug, Clone, Default)]
pub(super) struct Categories(BTreeMap<String, BTreeSet<String>>);

impl Categories {
    pub(super) async fn read(redis: &Redis) -> Result<Self, RedisError> {
        let database = redis.default_database();
        let names = redis.call(database, &argv(["ACL", "CAT"])).await?;
        let names: Vec<String> = value::items(&names).iter().filter_map(value::text).collect();
        let commands: Vec<Argv> = names.iter().map(|name| argv(["ACL", "CAT", name])).collect();
        let mut categories = BTreeMap::new();
        for (name, members) in names.into_iter().zip(redis.pipeline(database, &commands).await?) {
            let members = value::items(&members?).iter().filter_map(value::text).collect();
            categories.insert(name.to_lowercase(), members);
        }
        Ok(Self(categories))
    }

    /// Evaluates rules in order; later ones win. `+config` grants all its subcommands.
    pub(super) fn granted<'a>(&self, rules: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
        let mut granted = BTreeSet::new();
        for rule in rules {
            let rule = match rule.to_lowercase().as_str() {
                "allcommands" => "+@all".to_owned(),
                "nocommands" => "-@all".to_owned(),
                other => other.to_owned(),
            };
            let Some((sign, name)) = rule.split_at_checked(1) else { continue };
            let named = self.named(name);
            match sign {
                "+" => granted.extend(named),
                "-" => granted.retain(|command| !named.contains(command)),
                _ => {}
            }
        }
        // A command that is granted whole is not told again in parts.
        let whole = granted.clone();
        granted.retain(|command| command.split_once('|').is_none_or(|(parent, _)| !whole.contains(parent)));
        granted
    }

    fn named(&self, name: &str) -> BTreeSet<String> {
        match name.strip_prefix('@') {
            Some("all") => self.0.values().flatten().cloned().collect(),
            Some(category) => self.0.get(category).cloned().unwrap_or_default(),
            None => {
                let parent = format!("{name}|");
                let below = self.0.values().flatten().filter(|command| command.starts_with(&parent)).cloned();
                below.chain([name.to_owned()]).collect()
            }
        }
    }
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
