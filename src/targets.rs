//! Which servers a run is about: flags, then the environment, then the settings.

use std::collections::HashMap;

use dbwright_postgres::DatabaseConfig;
use dbwright_redis::RedisConfig;
use secrecy::{ExposeSecret, SecretString};

use crate::config::Settings;

/// The servers of a run; the first of each kind is the default.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// PostgreSQL.
    pub databases: Vec<DatabaseConfig>,
    /// Redis.
    pub redis: Vec<RedisConfig>,
}

/// A name that is neither configured nor a URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{flag} {name}` is neither a configured name nor a URL; configured are: {known}")]
pub struct UnknownTarget {
    /// `--db` or `--redis`.
    pub flag: &'static str,
    /// As given.
    pub name: String,
    /// The configured names.
    pub known: String,
}

impl Targets {
    /// Resolves the servers. An empty result is no error: some commands need none.
    ///
    /// # Errors
    /// When a flag names something that is neither configured nor a URL.
    pub fn resolve(
        db: &[String],
        redis: &[String],
        env: &HashMap<String, String>,
        settings: &Settings,
    ) -> Result<Self, UnknownTarget> {
        Ok(Self { databases: databases(db, env, settings)?, redis: redis_servers(redis, env, settings)? })
    }
}

fn databases(
    flags: &[String],
    env: &HashMap<String, String>,
    settings: &Settings,
) -> Result<Vec<DatabaseConfig>, UnknownTarget> {
    let configured = |name: &str| {
        settings.databases.get(name).map(|database| DatabaseConfig {
            environment: database.environment,
            access: database.access,
            allow_production_changes: database.allow_production_changes,
            ..DatabaseConfig::new(name, database.url.clone())
        })
    };
    let mut found: Vec<DatabaseConfig> = Vec::new();
    for flag in flags {
        let config = match configured(flag) {
            Some(config) => config,
            None if is_url(flag, &["postgres", "postgresql"]) => DatabaseConfig::new(
                unique(database_name(flag), found.iter().map(|known| known.name.as_str())),
                flag.as_str(),
            ),
            None => return Err(unknown("--db", flag, settings.databases.keys())),
        };
        found.push(config);
    }
    if found.is_empty()
        && let Some(url) = set(env, "DATABASE_URL").map(str::to_owned).or_else(|| from_pg_variables(env))
        && is_url(&url, &["postgres", "postgresql"])
    {
        found.push(DatabaseConfig::new(database_name(&url), url));
    }
    if found.is_empty() {
        found.extend(settings.databases.keys().filter_map(|name| configured(name)));
    }
    Ok(found)
}

fn redis_servers(
    flags: &[String],
    env: &HashMap<String, String>,
    settings: &Settings,
) -> Result<Vec<RedisConfig>, UnknownTarget> {
    let schemes = ["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys"];
    let configured = |name: &str| {
        settings
            .redis
            .get(name)
            .map(|server| RedisConfig { access: server.access, ..RedisConfig::new(name, server.url.clone()) })
    };
    let mut found: Vec<RedisConfig> = Vec::new();
    for flag in flags {
        let config = match configured(flag) {
            Some(config) => config,
            None if is_url(flag, &schemes) => RedisConfig::new(
                unique("redis".to_owned(), found.iter().map(|known| known.name.as_str())),
                flag.as_str(),
            ),
            None => return Err(unknown("--redis", flag, settings.redis.keys())),
        };
        found.push(config);
    }
    if found.is_empty()
        && let Some(url) = set(env, "REDIS_URL").filter(|url| is_url(url, &schemes))
    {
        found.push(RedisConfig::new("redis", url));
    }
    if found.is_empty() {
        found.extend(settings.redis.keys().filter_map(|name| configured(name)));
    }
    Ok(found)
}

/// Every secret of the targets that must never be shown: the passwords in their URLs.
pub fn secrets(targets: &Targets) -> Vec<SecretString> {
    let urls = targets.databases.iter().map(|config| &config.url).chain(targets.redis.iter().map(|config| &config.url));
    urls.flat_map(|url| passwords(url.expose_secret())).collect()
}

/// The password in a URL, as it is written and as it is meant; none in other text.
pub fn passwords(url: &str) -> Vec<SecretString> {
    let password = || {
        let (_, rest) = url.split_once("://")?;
        // The last @ ends it: passwords hold @ and / more often than paths hold @.
        let (_, password) = rest.rsplit_once('@')?.0.split_once(':')?;
        Some(password).filter(|password| !password.is_empty())
    };
    let written = password();
    let meant = written.map(percent_decoded).filter(|meant| written != Some(meant.as_str()));
    written.map(SecretString::from).into_iter().chain(meant.map(SecretString::from)).collect()
}

fn unknown<'a>(flag: &'static str, name: &str, known: impl Iterator<Item = &'a String>) -> UnknownTarget {
    let known: Vec<&str> = known.map(String::as_str).collect();
    // What was meant as a URL may hold a password.
    let name = name.split("://").next().unwrap_or(name).to_owned();
    UnknownTarget { flag, name, known: if known.is_empty() { "none".to_owned() } else { known.join(", ") } }
}

fn set<'a>(env: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    env.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn is_url(text: &str, schemes: &[&str]) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| schemes.contains(&scheme.to_ascii_lowercase().as_str()))
}

/// The database's name in the URL, else `db`.
fn database_name(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split('?').next().unwrap_or_default().split_once('/').map_or("", |(_, path)| path);
    if path.is_empty() { "db".to_owned() } else { percent_decoded(path) }
}

fn unique<'a>(name: String, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let taken = |candidate: &str| known.clone().any(|known| known == candidate);
    if !taken(&name) {
        return name;
    }
    (2..).map(|n| format!("{name}{n}")).find(|candidate| !taken(candidate)).unwrap_or(name)
}

/// libpq's variables as a URL, when they name a server or a database.
fn from_pg_variables(env: &HashMap<String, String>) -> Option<String> {
    let host = set(env, "PGHOST");
    let database = set(env, "PGDATABASE");
    if host.is_none() && database.is_none() {
        return None;
    }
    let user = set(env, "PGUSER").or_else(|| set(env, "USER")).unwrap_or("postgres");
    let credentials = match set(env, "PGPASSWORD") {
        Some(password) => format!("{}:{}", percent_encoded(user), percent_encoded(password)),
        None => percent_encoded(user),
    };
    let port = set(env, "PGPORT").unwrap_or("5432");
    let database = percent_encoded(database.unwrap_or(user));
    Some(match host {
        Some(socket) if socket.starts_with('/') => {
            format!("postgres://{credentials}@localhost:{port}/{database}?host={}", percent_encoded(socket))
        }
        host => format!("postgres://{credentials}@{}:{port}/{database}", host.unwrap_or("localhost")),
    })
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
