//! The layers, their merge, and the origin of each value.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use dbwright_postgres::nearest;
use serde_yaml::{Mapping, Value};

use super::{ConfigError, Paths, Settings};

/// The embedded defaults: also the list of all keys.
const DEFAULTS: &str = include_str!("../../config/dbwright.yaml");

/// Keys whose content is the user's own names.
const OPEN: &[&str] = &["databases", "redis", "schedules", "checks"];

/// Who set a value. Ordered: later ones win.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `config/dbwright.yaml`, embedded.
    Default,
    /// `/etc/dbwright/config.yaml`.
    System(PathBuf),
    /// The user's file.
    User(PathBuf),
    /// The project's file.
    Project(PathBuf),
    /// `--config FILE`.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A command-line flag.
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::System(path) | Self::User(path) | Self::Project(path) | Self::File(path) => {
                write!(f, "{}", path.display())
            }
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One layer: a tree of settings, and who set it.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Who.
    pub origin: Origin,
    /// What.
    pub tree: Value,
}

impl Layer {
    /// A layer that sets one value at a dotted path.
    pub fn single(origin: Origin, path: &str, value: impl Into<Value>) -> Self {
        let tree = path.rsplit('.').fold(value.into(), |inner, key| {
            let mut mapping = Mapping::new();
            mapping.insert(Value::from(key), inner);
            Value::Mapping(mapping)
        });
        Self { origin, tree }
    }

    fn parse(origin: Origin, text: &str) -> Result<Self, ConfigError> {
        let tree = serde_yaml::from_str(text)
            .map_err(|error| ConfigError::Broken { origin: origin.to_string(), message: error.to_string() })?;
        Ok(Self { origin, tree })
    }
}

/// The merged settings with the origin of each value.
#[derive(Debug, Clone)]
pub struct Layers {
    merged: Value,
    origins: BTreeMap<String, Origin>,
    project: PathBuf,
}

impl Layers {
    /// Reads all layers. `project` is the folder whose `.dbwright/config.yaml` counts; `flags`
    /// come last.
    ///
    /// # Errors
    /// When a file cannot be read, is broken, or sets an unknown key.
    pub fn load(
        paths: &Paths,
        project: &Path,
        config: Option<&Path>,
        env: &HashMap<String, String>,
        flags: Vec<Layer>,
    ) -> Result<Self, ConfigError> {
        let defaults = Layer::parse(Origin::Default, DEFAULTS)?;
        let mut layers = Self { merged: defaults.tree.clone(), origins: BTreeMap::new(), project: project.to_owned() };
        note(&defaults.tree, "", &Origin::Default, &mut layers.origins);
        let files = [
            (paths.system_config.clone(), Origin::System as fn(PathBuf) -> Origin, false),
            (paths.user_config.clone(), Origin::User as fn(PathBuf) -> Origin, false),
            (project.join(".dbwright/config.yaml"), Origin::Project as fn(PathBuf) -> Origin, false),
        ];
        let explicit = config.map(|path| (path.to_owned(), Origin::File as fn(PathBuf) -> Origin, true));
        for (path, origin, required) in files.into_iter().chain(explicit) {
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error)
                    if !required
                        && matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
                {
                    continue;
                }
                Err(source) => return Err(ConfigError::Unreadable { path, source }),
            };
            if !text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
                layers.add(&defaults.tree, Layer::parse(origin(path), &text)?)?;
            }
        }
        for layer in from_env(env).into_iter().chain(flags) {
            layers.add(&defaults.tree, layer)?;
        }
        Ok(layers)
    }

    fn add(&mut self, known: &Value, layer: Layer) -> Result<(), ConfigError> {
        check_keys(known, &layer.tree, "", &layer.origin)?;
        note(&layer.tree, "", &layer.origin, &mut self.origins);
        merge(&mut self.merged, layer.tree);
        Ok(())
    }

    /// The typed settings.
    ///
    /// # Errors
    /// When a value does not fit its key; names the key and the layer that set it.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        serde_path_to_error::deserialize(self.merged.clone()).map_err(|error| {
            let path = error.path().to_string();
            let origin =
                self.origins.iter().find(|(known, _)| path.starts_with(known.as_str()) || known.starts_with(&path));
            ConfigError::Value {
                origin: origin.map_or_else(|| "settings".to_owned(), |(_, origin)| origin.to_string()),
                message: format!("`{path}`: {}", error.inner()),
            }
        })
    }

    /// Each value at its dotted path, as it is in force, with who set it. Secrets are masked.
    pub fn rows(&self) -> Vec<(String, String, String)> {
        self.origins
            .iter()
            .filter_map(|(path, origin)| {
                let value = lookup(&self.merged, path)?;
                // `advise.scratch` is a word or a URL.
                let may_hold_password =
                    path == "advise.scratch" && value.as_str().is_some_and(|text| text.contains("://"));
                let shown = if path.ends_with(".url") || path.ends_with("token") || may_hold_password {
                    if value.is_null() { "null".to_owned() } else { "[redacted]".to_owned() }
                } else {
                    serde_yaml::to_string(value).unwrap_or_default().trim().to_owned()
                };
                Some((path.clone(), shown, origin.to_string()))
            })
            .collect()
    }

    /// The project folder.
    pub fn project(&self) -> &Path {
        &self.project
    }
}

/// Environment variables that are settings; the model's own variables are read where the
/// endpoint is resolved.
fn from_env(env: &HashMap<String, String>) -> Vec<Layer> {
    [("DBWRIGHT_STATE_URL", "state.url"), ("DBWRIGHT_TOKEN", "serve.token")]
        .into_iter()
        .filter_map(|(name, path)| {
            let value = env.get(name).filter(|value| !value.is_empty())?;
            Some(Layer::single(Origin::Environment(name), path, value.as_str()))
        })
        .collect()
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Mapping(into), Value::Mapping(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

fn dotted(path: &str, key: &Value) -> String {
    let key = key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

fn note(tree: &Value, path: &str, origin: &Origin, origins: &mut BTreeMap<String, Origin>) {
    match tree {
        Value::Mapping(mapping) if !mapping.is_empty() => {
            origins.remove(path);
            mapping.iter().for_each(|(key, value)| note(value, &dotted(path, key), origin, origins));
        }
        _ => {
            origins.insert(path.to_owned(), origin.clone());
        }
    }
}

fn lookup<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    // Names in open sections may hold dots themselves: take the longest key that fits.
    if path.is_empty() {
        return Some(tree);
    }
    tree.as_mapping()?.iter().find_map(|(key, value)| {
        let rest = path.strip_prefix(key.as_str()?)?;
        if rest.is_empty() { Some(value) } else { lookup(value, rest.strip_prefix('.')?) }
    })
}

fn check_keys(known: &Value, tree: &Value, path: &str, origin: &Origin) -> Result<(), ConfigError> {
    let Value::Mapping(given) = tree else { return Ok(()) };
    let Value::Mapping(known) = known else { return Ok(()) };
    for (key, value) in given {
        let here = dotted(path, key);
        if OPEN.contains(&here.as_str()) {
            continue;
        }
        let Some(inner) = known.get(key) else {
            let candidates: Vec<String> = known.keys().map(|key| dotted(path, key)).collect();
            let nearest = nearest(&here, candidates.iter().map(String::as_str), 1).first().map(ToString::to_string);
            return Err(ConfigError::UnknownKey { origin: origin.to_string(), key: here, nearest });
        };
        check_keys(inner, value, &here, origin)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
