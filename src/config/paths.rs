//! Where things live on this machine.

use std::{collections::HashMap, path::PathBuf};

/// Folders and files outside the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// State, journal, token: `DBWRIGHT_HOME`, else the XDG data folder.
    pub home: PathBuf,
    /// Settings of the machine.
    pub system_config: PathBuf,
    /// Settings of the user.
    pub user_config: PathBuf,
}

impl Paths {
    /// From the environment (`DBWRIGHT_HOME`, `XDG_*`, `HOME`).
    pub fn from_env(env: &HashMap<String, String>) -> Self {
        let folder = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = folder("HOME").unwrap_or_else(|| PathBuf::from("/"));
        let data = folder("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
        let config = folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        Self {
            home: folder("DBWRIGHT_HOME").unwrap_or_else(|| data.join("dbwright")),
            system_config: PathBuf::from("/etc/dbwright/config.yaml"),
            user_config: config.join("dbwright/config.yaml"),
        }
    }
}
