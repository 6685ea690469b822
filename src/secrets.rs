//! What is known to be secret before anything else happens: from the options, the environment and
//! the settings.

use std::collections::HashMap;

use dbwright_contract::{Redactor, is_secret_name};
use secrecy::{ExposeSecret, SecretString};

use crate::{assemble::layers, cli::Global, config::Settings, targets::passwords};

/// Shortest value of a variable that counts for its name alone.
const SHORTEST: usize = 8;

/// Everything that must not be shown in this run. Settings that cannot be read hold none.
pub fn known_secrets(global: &Global, env: &HashMap<String, String>) -> Redactor {
    let flags = flags(global).flat_map(|(_, value)| passwords(value));
    let settings = layers(global, env).ok().and_then(|(layers, ..)| layers.settings().ok());
    let known = flags.chain(of_environment(env)).chain(settings.iter().flat_map(of_settings));
    known.fold(Redactor::new(), Redactor::knows)
}

/// The option whose value holds a password.
pub fn flag_with_password(global: &Global) -> Option<&'static str> {
    flags(global).find(|(_, value)| !passwords(value).is_empty()).map(|(flag, _)| flag)
}

fn flags(global: &Global) -> impl Iterator<Item = (&'static str, &str)> {
    let db = global.db.iter().map(|value| ("--db", value.as_str()));
    let redis = global.redis.iter().map(|value| ("--redis", value.as_str()));
    let state = global.state.iter().map(|value| ("--state", value.as_str()));
    db.chain(redis).chain(state)
}

fn of_environment(env: &HashMap<String, String>) -> impl Iterator<Item = SecretString> {
    env.iter().flat_map(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let named = is_secret_name(name) || lower.ends_with("_token") || lower.ends_with("_key");
        let whole = (named && value.len() >= SHORTEST).then(|| SecretString::from(value.as_str()));
        whole.into_iter().chain(passwords(value))
    })
}

fn of_settings(settings: &Settings) -> Vec<SecretString> {
    let databases = settings.databases.values().map(|database| &database.url);
    let redis = settings.redis.values().map(|server| &server.url);
    let urls = databases.chain(redis).chain(&settings.state.url);
    let hooks = settings.schedules.iter().filter_map(|schedule| schedule.notify.clone());
    urls.flat_map(|url| passwords(url.expose_secret())).chain(settings.serve.token.clone()).chain(hooks).collect()
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
