//! The ACL rules that this server and this version need, and no others.

use std::collections::BTreeSet;

use dbwright_policy::redis::reading_commands;
use redis::Value;

use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// Commands of our own beside those that a person or model may send: the analysis marks its
/// connection so that looking does not warm keys, and the client names its library.
const OWN: &[&str] = &["CLIENT|NO-TOUCH", "CLIENT|SETINFO"];

/// Settings that keep a secret in clear; CONFIG GET shows them to whoever may run it.
const SECRETS: &[&str] = &["requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"];

/// What the server is, as far as the rules depend on it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// 7.0.15 as (7, 0).
    pub(super) version: (u32, u32),
    /// As it names itself.
    pub(super) shown: String,
    /// Whether databases other than the first hold keys.
    pub(super) has_more_databases: bool,
}

impl Server {
    pub(super) async fn read(redis: &Redis) -> Result<Self, RedisError> {
        let info = redis.call(redis.default_database(), &argv(["INFO", "everything"])).await?;
        let info = value::text(&info).unwrap_or_default();
        let field =
            |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let shown = field("redis_version").unwrap_or("0.0").to_owned();
        let mut numbers = shown.split('.').map(|part| part.parse().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let databases = info.lines().filter(|line| line.starts_with("db") && line.contains(":keys="));
        let has_more_databases =
            redis.default_database() != 0 || databases.into_iter().any(|line| !line.starts_with("db0:"));
        Ok(Self { version, shown, has_more_databases })
    }

    /// Key permissions for reading only, and subcommands as commands of their own, came with 7.0.
    pub(super) fn knows_reading_keys(&self) -> bool {
        self.version >= (7, 0)
    }
}

/// The rules for keys and commands, and what was left out.
#[derive(Debug, Clone)]
pub(super) struct Grants {
    pub(super) keys: BTreeSet<String>,
    pub(super) commands: BTreeSet<String>,
    pub(super) notes: Vec<String>,
}

pub(super) async fn grants(redis: &Redis, server: &Server, patterns: &[String]) -> Result<Grants, RedisError> {
    let mut notes = Vec::new();
    let mark = if server.knows_reading_keys() { "%R~" } else { "~" };
    let every = ["*".to_owned()];
    let patterns = if patterns.is_empty() { &every } else { patterns };
    let keys = patterns.iter().map(|pattern| format!("{mark}{pattern}")).collect();
    if !server.knows_reading_keys() {
        notes.push(format!("Redis {} cannot limit keys to reading; only commands that read are granted", server.shown));
    }
    let Known { mut commands, unusable } = known(redis, server, reading_commands().chain(OWN.iter().copied())).await?;
    if !unusable.is_empty() {
        notes.push(format!(
            "{} cannot be granted for reading only on this server, and are left out: {}",
            if unusable.len() == 1 { "this command" } else { "these commands" },
            unusable.join(", ")
        ));
    }
    if server.has_more_databases {
        commands.insert("+select".to_owned());
    }
    match set_secrets(redis).await {
        Ok(secrets) if secrets.is_empty() => {}
        Ok(secrets) => {
            commands.remove("+config|get");
            notes.push(format!(
                "+config|get is left out: CONFIG GET would show {} in clear; checks of settings are a gap then",
                secrets.join(" and ")
            ));
        }
        Err(error) if error.is_refusal() => {
            commands.remove("+config|get");
            notes.push(
                "+config|get is left out: whether a setting holds a password cannot be seen from here".to_owned(),
            );
        }
        Err(error) => return Err(error),
    }
    Ok(Grants { keys, commands, notes })
}

struct Known {
    /// As rules.
    commands: BTreeSet<String>,
    /// Reading commands whose keys the server declares as written too: with a permission for
    /// reading they are refused. Redis 8 does so for vector sets.
    unusable: Vec<&'static str>,
}

/// Those of the names that the server has.
async fn known(redis: &Redis, server: &Server, names: impl Iterator<Item = &'static str>) -> Result<Known, RedisError> {
    let names: Vec<&str> = names.collect();
    let asked = names.iter().map(|name| match name.split_once('|') {
        Some((parent, _)) if !server.knows_reading_keys() => parent.to_lowercase(),
        _ => name.to_lowercase(),
    });
    let command = argv(["COMMAND".to_owned(), "INFO".to_owned()].into_iter().chain(asked));
    let reply = redis.call(redis.default_database(), &command).await?;
    let mut known = Known { commands: BTreeSet::new(), unusable: Vec::new() };
    for (name, answer) in names.iter().zip(value::items(&reply)) {
        if value::items(answer).is_empty() {
            continue;
        }
        if server.knows_reading_keys() && !reads_its_keys(answer) {
            known.unusable.push(name);
        } else {
            known.commands.insert(format!("+{}", name.to_lowercase()));
        }
    }
    Ok(known)
}

/// Whether every key specification in an answer of COMMAND INFO is for reading.
fn reads_its_keys(answer: &Value) -> bool {
    value::items(answer).get(8).map(value::items).unwrap_or_default().iter().all(|specification| {
        let fields: Vec<&Value> = match specification {
            Value::Map(pairs) => pairs.iter().flat_map(|(name, field)| [name, field]).collect(),
            other => value::items(other).iter().collect(),
        };
        let flags = fields.chunks(2).find_map(|pair| match pair {
            [name, flags] if value::text(name).as_deref() == Some("flags") => Some(value::items(flags)),
            _ => None,
        });
        let flags: Vec<String> = flags.unwrap_or_default().iter().filter_map(value::text).collect();
        flags.iter().any(|flag| flag == "RO" || flag == "not_key")
    })
}

/// Names of settings that hold a secret now.
async fn set_secrets(redis: &Redis) -> Result<Vec<&'static str>, RedisError> {
    let mut set = Vec::new();
    for name in SECRETS {
        let reply = redis.call(redis.default_database(), &argv(["CONFIG", "GET", name])).await?;
        // Only whether it is empty is looked at.
        if value::items(&reply).get(1).and_then(value::bytes).is_some_and(|bytes| !bytes.is_empty()) {
            set.push(*name);
        }
    }
    Ok(set)
}
