//! Facts about the server, its settings and its databases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The server and who looks at it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// `server_version_num`: 150018 is 15.18.
    pub version_num: i32,
    /// `server_version` as the server spells it.
    pub version: String,
    /// The connected database.
    pub database: String,
    /// The connected role.
    pub user: String,
    /// Whether that role is a superuser.
    pub superuser: bool,
    /// A standby that replays WAL.
    pub in_recovery: bool,
    /// The server's clock, in seconds since 1970.
    pub unix_time: i64,
    /// Seconds since the server started.
    pub uptime_s: f64,
    /// Seconds since this database's statistics were reset; `None` when they never were.
    pub stats_age_s: Option<f64>,
    /// Size of the connected database; `None` when it could not be read.
    pub size_bytes: Option<i64>,
}

impl Server {
    /// The major version: 13, 14, ...
    pub const fn major(&self) -> i32 {
        self.version_num / 10_000
    }

    /// How long the usage counters have certainly been collected. Without a recorded reset this
    /// is the uptime: a clean restart keeps the counters, a crash loses them.
    pub fn stats_window_s(&self) -> f64 {
        self.stats_age_s.unwrap_or(self.uptime_s)
    }
}

/// One row of `pg_settings`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Setting {
    /// The value in `unit` that a new session starts with: what our own session sets for itself
    /// does not count.
    pub value: String,
    /// `8kB`, `kB`, `MB`, `ms`, `s`, `min`, ...
    pub unit: Option<String>,
    /// Where the value comes from: `default`, `configuration file`, ...
    pub source: String,
    /// What the server would use without any configuration.
    pub boot_value: Option<String>,
    /// A changed value waits for a restart.
    pub pending_restart: bool,
}

/// Settings by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, Setting>);

impl Settings {
    /// One setting.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// The raw value.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|setting| setting.value.as_str())
    }

    /// `on` or `off`; `None` for anything else.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)? {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        }
    }

    /// The value as a number in the setting's own unit.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }

    /// A memory setting in bytes.
    pub fn bytes(&self, name: &str) -> Option<f64> {
        let setting = self.get(name)?;
        let factor = match setting.unit.as_deref() {
            Some("8kB") => 8192.0,
            Some("kB") => 1024.0,
            Some("MB") => 1024.0 * 1024.0,
            Some("GB") => 1024.0 * 1024.0 * 1024.0,
            _ => 1.0,
        };
        setting.value.parse::<f64>().ok().map(|value| value * factor)
    }

    /// A duration setting in milliseconds.
    pub fn millis(&self, name: &str) -> Option<f64> {
        let setting = self.get(name)?;
        let factor = match setting.unit.as_deref() {
            Some("s") => 1_000.0,
            Some("min") => 60_000.0,
            _ => 1.0,
        };
        setting.value.parse::<f64>().ok().map(|value| value * factor)
    }
}

/// One database of the server.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseFacts {
    /// Name.
    pub name: String,
    /// Whether it is the connected one.
    pub current: bool,
    /// `age(datfrozenxid)`.
    pub xid_age: i64,
    /// `mxid_age(datminmxid)`.
    pub mxid_age: i64,
    /// Deadlocks since the statistics were reset.
    pub deadlocks: i64,
    /// Temporary files written since then.
    pub temp_files: i64,
    /// Their bytes.
    pub temp_bytes: i64,
    /// Blocks found in shared buffers.
    pub blocks_hit: i64,
    /// Blocks read from outside.
    pub blocks_read: i64,
    /// Committed transactions.
    pub commits: i64,
    /// Rolled back transactions.
    pub rollbacks: i64,
    /// Data pages whose checksum failed; `None` without checksums.
    pub checksum_failures: Option<i64>,
    /// Seconds since the counters were reset.
    pub stats_age_s: Option<f64>,
    /// Collation version recorded for the database (15+).
    pub collation_recorded: Option<String>,
    /// Collation version that the library offers now (15+).
    pub collation_actual: Option<String>,
}

/// A collation in use whose library version differs from the recorded one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CollationVersion {
    /// Qualified name.
    pub name: String,
    /// Version when it was created or refreshed.
    pub recorded: String,
    /// Version of the library now.
    pub actual: String,
}

/// An installed extension.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    /// Name.
    pub name: String,
    /// Schema of its objects.
    pub schema: String,
    /// Installed version.
    pub installed: String,
    /// Version that the server's files offer; `None` when the files are gone.
    pub available: Option<String>,
}

/// Checkpoint counters since `stats_age_s`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkpoints {
    /// Started by `checkpoint_timeout`.
    pub timed: i64,
    /// Started because WAL reached `max_wal_size`, or by command.
    pub requested: i64,
    /// Seconds since the counters were reset.
    pub stats_age_s: Option<f64>,
}

/// WAL archiving.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Archiver {
    /// Segments archived.
    pub archived: i64,
    /// Failed attempts.
    pub failed: i64,
    /// Seconds since the last success.
    pub last_archived_age_s: Option<f64>,
    /// Seconds since the last failure.
    pub last_failed_age_s: Option<f64>,
}
