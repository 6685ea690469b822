//! The policy's rules as data, read from their layers.

use std::path::Path;

use dbwright_policy::data::{Rule, RuleSet};
use serde::Deserialize;

use super::{ConfigError, Paths};

/// The embedded rules.
const DEFAULTS: &str = include_str!("../../config/policy.yaml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rules: Vec<Rule>,
}

/// The rules in force for a project: embedded, the organisation's, the person's, the project's.
///
/// # Errors
/// When a file cannot be read, or a rule or example in it does not hold; with file and line.
pub fn policy_rules(paths: &Paths, project: &Path) -> Result<RuleSet, ConfigError> {
    let mut set = RuleSet::default();
    add(&mut set, Path::new("config/policy.yaml"), DEFAULTS)?;
    let system = paths.system_config.with_file_name("policy.yaml");
    let user = paths.user_config.with_file_name("policy.yaml");
    for file in [system, user, project.join(".dbwright/policy.yaml")] {
        match std::fs::read_to_string(&file) {
            Ok(text) => add(&mut set, &file, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(ConfigError::Unreadable { path: file, source: error }),
        }
    }
    Ok(set)
}

fn add(set: &mut RuleSet, path: &Path, text: &str) -> Result<(), ConfigError> {
    let file: File = serde_yaml::from_str(text)
        .map_err(|error| ConfigError::Broken { origin: path.display().to_string(), message: error.to_string() })?;
    set.add(path.display().to_string(), file.rules).map_err(|error| ConfigError::Broken {
        origin: format!("{}:{}", path.display(), line_of(text, error.id())),
        message: error.to_string(),
    })
}

/// The line in which a rule begins; the first where it cannot be found.
fn line_of(text: &str, id: &str) -> usize {
    let names_it = |line: &str| {
        line.trim_start_matches(['-', ' ', '{'])
            .strip_prefix("id:")
            .is_some_and(|rest| rest.trim().trim_matches(['"', '\'', ',']).split([',', ' ']).next() == Some(id))
    };
    text.lines().position(names_it).map_or(1, |index| index + 1)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
