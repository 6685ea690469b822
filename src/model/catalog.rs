//! `config/models.yaml` as types: endpoints with their dialects, models with limits and prices.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ModelError, Profile};

const EMBEDDED: &str = include_str!("../../config/models.yaml");

/// All endpoints and models known by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalog {
    pub(super) endpoints: Vec<EndpointProfile>,
    pub(super) compatible: EndpointProfile,
    models: Vec<KnownModel>,
}

/// What one endpoint supports, and what it calls things.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointProfile {
    /// `openai`, `anthropic`, …, or `compatible`.
    pub name: String,
    /// Environment variable that holds the key.
    #[serde(default)]
    pub(super) key: Option<String>,
    /// Where it answers; Azure's depends on the customer.
    #[serde(default)]
    pub(super) base_url: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    owns: Vec<String>,
    #[serde(default)]
    pub(super) aliases: BTreeMap<String, String>,
    /// Header that carries the bare key; a bearer token when `None`.
    #[serde(default)]
    pub(super) key_header: Option<String>,
    /// Tool schemas are enforced.
    #[serde(default)]
    pub(super) strict_tools: bool,
    /// `response_format` with a JSON schema is honoured.
    #[serde(default)]
    pub(super) json_schema: bool,
    /// `parallel_tool_calls` may be sent.
    #[serde(default)]
    pub(super) parallel: bool,
    #[serde(default)]
    pub(super) output_limit: OutputLimit,
    #[serde(default)]
    pub(super) echo: Echo,
}

/// The field that limits the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutputLimit {
    #[default]
    MaxTokens,
    MaxCompletionTokens,
}

/// Fields beyond the standard that the endpoint wants back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Echo {
    call: Vec<String>,
    message: Vec<String>,
}

impl Echo {
    /// Whether field `name` of a call is echoed.
    pub(super) fn of_call(&self, name: &str) -> bool {
        self.call.iter().any(|field| field == "*" || field == name)
    }

    /// Whether field `name` of a message is echoed.
    pub(super) fn of_message(&self, name: &str) -> bool {
        self.message.iter().any(|field| field == "*" || field == name)
    }

    #[cfg(test)]
    pub(super) fn new(call: &[&str], message: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { call: owned(call), message: owned(message) }
    }
}

impl EndpointProfile {
    pub(super) fn serves_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| if known.starts_with('.') { host.ends_with(known) } else { host == known })
    }

    fn owns_model(&self, model: &str) -> bool {
        self.owns.iter().any(|beginning| model.starts_with(beginning.as_str()))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownModel {
    name: String,
    window: Option<u32>,
    input_price: Option<f64>,
    output_price: Option<f64>,
}

impl Catalog {
    /// The embedded catalog.
    pub(super) fn embedded() -> Result<Self, ModelError> {
        serde_yaml::from_str(EMBEDDED)
            .map_err(|error| ModelError::Configuration(format!("config/models.yaml is broken: {error}")))
    }

    /// The profile of the endpoint at `host`.
    pub(super) fn at_host(&self, host: &str) -> &EndpointProfile {
        self.endpoints.iter().find(|endpoint| endpoint.serves_host(host)).unwrap_or(&self.compatible)
    }

    /// The endpoint that alone serves models called like this. Names with a vendor in front
    /// (`vendor/model`) are routers' names.
    pub(super) fn owner(&self, model: &str) -> Option<&EndpointProfile> {
        if model.contains('/') {
            return self.endpoints.iter().find(|endpoint| endpoint.name == "openrouter");
        }
        self.endpoints.iter().find(|endpoint| endpoint.owns_model(model))
    }

    /// Limits and prices of `model`; prices only where the endpoint is one whose list they are from.
    pub(super) fn profile(&self, endpoint: &EndpointProfile, model: &str) -> Profile {
        let bare = model.rsplit('/').next().unwrap_or(model);
        let known = self
            .models
            .iter()
            .filter(|known| bare.starts_with(known.name.as_str()))
            .max_by_key(|known| known.name.len());
        let Some(known) = known else { return Profile::default() };
        let listed = endpoint.name != self.compatible.name;
        Profile {
            window: known.window,
            input_price: known.input_price.filter(|_| listed),
            output_price: known.output_price.filter(|_| listed),
            deterministic: false,
        }
    }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
