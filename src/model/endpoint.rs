//! Which driver answers: pure, from the settings and the environment, with the reason in words.

use std::{collections::HashMap, net::IpAddr};

use reqwest::Url;
use secrecy::SecretString;

use super::{
    ModelError,
    catalog::{Catalog, EndpointProfile},
};

/// The name that asks for the playbook where a model could answer.
const PLAYBOOK: &str = "playbook";
/// Key for an endpoint that has no variable of its own.
const OWN_KEY: &str = "DBWRIGHT_API_KEY";
const TIERS: [&str; 3] = ["opus", "sonnet", "haiku"];

/// The driver of a session.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Fixed procedures, no language model.
    Playbook {
        /// Why, as a sentence for people.
        reason: String,
    },
    /// A language model.
    Endpoint(Box<Endpoint>),
}

impl Choice {
    /// Why, as a sentence for people.
    pub fn reason(&self) -> &str {
        match self {
            Self::Playbook { reason } => reason,
            Self::Endpoint(endpoint) => &endpoint.reason,
        }
    }
}

/// A language model's address.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Without a slash at the end.
    pub base_url: String,
    /// The key, where one is needed.
    pub key: Option<SecretString>,
    /// Which of its models.
    pub model: WantedModel,
    /// Its dialect.
    pub profile: EndpointProfile,
    /// Why this one, as a sentence for people.
    pub reason: String,
}

/// A model of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedModel {
    /// By its name.
    Named(String),
    /// The one that the endpoint lists for an alias, else the first that it lists.
    Listed {
        /// `sonnet`, `opus`, `haiku`.
        alias: Option<String>,
    },
}

impl Endpoint {
    /// Whether it runs on this machine.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.base_url).is_ok_and(|url| is_loopback(&url))
    }
}

/// Who asked for a model, and which.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    name: &'a str,
    by: &'static str,
    /// A person asked for this very model now; it is not replaced in silence.
    firm: bool,
}

/// Where requests go, before the model is known.
struct Place<'a> {
    base_url: String,
    host: String,
    key: Option<SecretString>,
    profile: &'a EndpointProfile,
    because: String,
}

/// Chooses the driver.
///
/// Endpoint: `configured_endpoint`, then `OPENAI_BASE_URL`, then the first key found of OpenAI,
/// Anthropic, OpenRouter, Gemini and Azure (the key of the one that serves the wanted model, where
/// its name tells), else the playbook. Model: `wanted_model` (`--model`), then `DBWRIGHT_MODEL`,
/// then the persona's, then the configured one. A key goes only to its own host, or to the base
/// URL that stands in the environment beside it.
///
/// # Errors
/// When an endpoint is set but unusable, or a wanted model has no endpoint.
pub fn resolve(
    env: &HashMap<String, String>,
    configured_endpoint: Option<&str>,
    wanted_model: Option<&str>,
    persona_model: Option<&str>,
    config_model: Option<&str>,
) -> Result<Choice, ModelError> {
    let catalog = Catalog::embedded()?;
    let wish = [
        (wanted_model, "--model", true),
        (variable(env, "DBWRIGHT_MODEL"), "DBWRIGHT_MODEL", true),
        (persona_model, "the persona", false),
        (config_model, "the configuration", false),
    ]
    .into_iter()
    .find_map(|(name, by, firm)| {
        let name = name.map(str::trim).filter(|name| !matches!(*name, "" | "inherit" | "default"))?;
        Some(Wish { name, by, firm })
    });
    if let Some(wish) = wish.filter(|wish| wish.name.eq_ignore_ascii_case(PLAYBOOK)) {
        let reason = format!("the playbook answers (fixed procedures, no language model): {} asks for it", wish.by);
        return Ok(Choice::Playbook { reason });
    }
    let Some(place) = place(&catalog, env, configured_endpoint, wish)? else {
        return match wish.filter(|wish| wish.firm) {
            Some(Wish { name, by, .. }) => Err(ModelError::Configuration(format!(
                "{by} asks for {name}, but no endpoint is known: set {}, or OPENAI_BASE_URL",
                keys(&catalog)
            ))),
            None => Ok(Choice::Playbook {
                reason: format!(
                    "the playbook answers (fixed procedures, no language model): no model key is set; \
                     set {}, or OPENAI_BASE_URL to use a model",
                    keys(&catalog)
                ),
            }),
        };
    };
    let (model, how) = model(&catalog, env, &place, wish)?;
    let what = match &model {
        WantedModel::Named(name) => name.clone(),
        WantedModel::Listed { alias: None } => "the first listed model".to_owned(),
        WantedModel::Listed { alias: Some(alias) } => format!("the model listed for `{alias}`, else the first,"),
    };
    let reason = format!("{what} at {} answers: {}{how}", place.host, place.because);
    let Place { base_url, key, profile, .. } = place;
    Ok(Choice::Endpoint(Box::new(Endpoint { base_url, key, model, profile: profile.clone(), reason })))
}

fn variable<'a>(env: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    env.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn secret(env: &HashMap<String, String>, name: &str) -> Option<SecretString> {
    variable(env, name).map(SecretString::from)
}

fn keys(catalog: &Catalog) -> String {
    let names: Vec<&str> = catalog.endpoints.iter().filter_map(|endpoint| endpoint.key.as_deref()).collect();
    names.join(", ")
}

fn place<'a>(
    catalog: &'a Catalog,
    env: &HashMap<String, String>,
    configured: Option<&str>,
    wish: Option<Wish<'_>>,
) -> Result<Option<Place<'a>>, ModelError> {
    let configured = configured.map(str::trim).filter(|endpoint| !endpoint.is_empty());
    if let Some(text) = configured {
        let url = base_url(text, "the configured endpoint")?;
        let profile = catalog.at_host(url.host_str().unwrap_or_default());
        let names: Vec<&str> = [Some(OWN_KEY), profile.key.as_deref()].into_iter().flatten().collect();
        let mut key = names.iter().find_map(|name| secret(env, name));
        let beside = variable(env, "OPENAI_BASE_URL").and_then(|text| base_url(text, "OPENAI_BASE_URL").ok());
        if key.is_none() && beside.is_some_and(|beside| beside.origin() == url.origin()) {
            key = secret(env, "OPENAI_API_KEY");
        }
        return at(url, profile, key, "it is the configured endpoint").map(Some);
    }
    if let Some(text) = variable(env, "OPENAI_BASE_URL") {
        let url = base_url(text, "OPENAI_BASE_URL")?;
        let profile = catalog.at_host(url.host_str().unwrap_or_default());
        let names = [profile.key.as_deref(), Some("OPENAI_API_KEY"), Some(OWN_KEY)];
        let key = names.into_iter().flatten().find_map(|name| secret(env, name));
        return at(url, profile, key, "OPENAI_BASE_URL is set").map(Some);
    }
    let mut usable = Vec::new();
    for profile in &catalog.endpoints {
        let Some(name) = profile.key.as_deref() else { continue };
        let Some(key) = secret(env, name) else { continue };
        let url = match &profile.base_url {
            Some(url) => base_url(url, name)?,
            None => match variable(env, "AZURE_OPENAI_ENDPOINT") {
                Some(text) => base_url(&azure(text), "AZURE_OPENAI_ENDPOINT")?,
                None => continue,
            },
        };
        usable.push((url, profile, key, name));
    }
    let owner = wish.filter(|wish| wish.firm).and_then(|wish| catalog.owner(wish.name));
    let position = usable.iter().position(|(_, profile, ..)| owner.is_some_and(|owner| owner.name == profile.name));
    if usable.is_empty() {
        return Ok(None);
    }
    let (url, profile, key, name) = usable.swap_remove(position.unwrap_or(0));
    at(url, profile, Some(key), &format!("{name} is set")).map(Some)
}

fn at<'a>(
    url: Url,
    profile: &'a EndpointProfile,
    key: Option<SecretString>,
    because: &str,
) -> Result<Place<'a>, ModelError> {
    let host = host_of(&url);
    if key.is_none()
        && let Some(name) = &profile.key
    {
        return Err(ModelError::Configuration(format!("{host} needs a key: set {name}")));
    }
    let mut because = because.to_owned();
    if key.is_none() && !is_loopback(&url) {
        because.push_str(&format!(" (no key is sent; {OWN_KEY} would be)"));
    }
    let base_url = url.as_str().trim_end_matches('/').to_owned();
    Ok(Place { base_url, host, key, profile, because })
}

/// Host and port of an endpoint, as people know it.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Reads what people paste: with or without `/v1`, or with the path of the request.
fn base_url(text: &str, from: &str) -> Result<Url, ModelError> {
    // The text itself may hold a password: it is not repeated.
    let fault = |what: &str| {
        ModelError::Configuration(format!("{from} is not a base URL like https://api.openai.com/v1: {what}"))
    };
    let mut url = Url::parse(text.trim()).map_err(|error| fault(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(fault("it does not begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(&format!("it contains a user name; keys belong in {OWN_KEY}")));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/chat/completions").unwrap_or(path);
    let path = if path.is_empty() { "/v1".to_owned() } else { path.to_owned() };
    url.set_path(&path);
    Ok(url)
}

fn azure(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    if endpoint.ends_with("/openai/v1") { endpoint.to_owned() } else { format!("{endpoint}/openai/v1") }
}

/// The model at `place`, and a clause that says how it was found.
fn model(
    catalog: &Catalog,
    env: &HashMap<String, String>,
    place: &Place<'_>,
    wish: Option<Wish<'_>>,
) -> Result<(WantedModel, String), ModelError> {
    let profile = place.profile;
    let Some(wish) = wish else {
        return for_tier(env, profile, "sonnet").map(|model| (model, String::new()));
    };
    // `sonnet[1m]` asks for a window that depends on the endpoint.
    let name = wish.name.split_once('[').map_or(wish.name, |(name, _)| name).trim();
    let tier = TIERS.into_iter().find(|tier| name.eq_ignore_ascii_case(tier));
    if let Some(tier) = tier {
        return Ok((for_tier(env, profile, tier)?, format!(", {} asks for `{tier}`", wish.by)));
    }
    // Persona files name models of the vendor that they were written for.
    let elsewhere = catalog.owner(name).is_some_and(|owner| owner.name != profile.name);
    if !wish.firm && elsewhere && profile.name != "openrouter" && profile.name != catalog.compatible.name {
        let tier = TIERS.into_iter().find(|tier| name.contains(tier)).unwrap_or("sonnet");
        return Ok((for_tier(env, profile, tier)?, format!(", in place of {name} that {} names", wish.by)));
    }
    Ok((WantedModel::Named(wish.name.to_owned()), format!(", {} asks for it", wish.by)))
}

fn for_tier(env: &HashMap<String, String>, profile: &EndpointProfile, tier: &str) -> Result<WantedModel, ModelError> {
    let upper = tier.to_ascii_uppercase();
    if let Some(name) = variable(env, &format!("DBWRIGHT_MODEL_{upper}")) {
        return Ok(WantedModel::Named(name.to_owned()));
    }
    // Set for Anthropic or for a gateway in its place: other vendors do not know the name.
    if matches!(profile.name.as_str(), "anthropic" | "compatible")
        && let Some(name) = variable(env, &format!("ANTHROPIC_DEFAULT_{upper}_MODEL"))
    {
        return Ok(WantedModel::Named(name.to_owned()));
    }
    if let Some(name) = profile.aliases.get(tier) {
        return Ok(WantedModel::Named(name.clone()));
    }
    if profile.name == "azure" {
        let names = ["AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME"];
        let deployment = names.into_iter().find_map(|name| variable(env, name));
        return deployment.map(|name| WantedModel::Named(name.to_owned())).ok_or_else(|| {
            let what = "Azure serves deployments: set AZURE_OPENAI_DEPLOYMENT to the name of yours";
            ModelError::Configuration(what.to_owned())
        });
    }
    Ok(WantedModel::Listed { alias: Some(tier.to_owned()) })
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
