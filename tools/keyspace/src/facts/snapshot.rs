//! Everything that was read from one server, before any judgement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{KeySample, ServerInfo};
use crate::Templates;

/// How the sampled keys were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleMethod {
    /// Every key was walked and looked at.
    Census,
    /// Every key was walked; a uniform sample of them was looked at.
    #[default]
    FullWalk,
    /// A part of the keyspace was walked in hash order, which is as good as at random.
    Window,
}

/// One entry of `SLOWLOG GET`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlowEntry {
    /// The server's id of the entry.
    pub id: u64,
    /// Microseconds that the command ran.
    pub micros: u64,
    /// The command and its arguments, as the server kept them (it cuts long ones).
    pub args: Vec<Vec<u8>>,
    /// The client's name, where it set one.
    pub client: String,
}

/// One line of `LATENCY LATEST`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LatencyEvent {
    /// `command`, `fork`, `aof-fsync-always`, ….
    pub event: String,
    /// The last spike in milliseconds.
    pub latest_ms: u64,
    /// The worst spike in milliseconds.
    pub max_ms: u64,
}

/// What `CLIENT LIST` says, in sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientFacts {
    /// Connections listed.
    pub count: u64,
    /// Connections idle for more than an hour.
    pub idle_over_hour: u64,
    /// Connections without a name.
    pub unnamed: u64,
    /// The largest output buffer in bytes.
    pub largest_output: u64,
    /// Output buffers over 1 MB.
    pub large_outputs: u64,
}

/// What is known of the `default` user and of who may connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessFacts {
    /// Whether we were let in without a password.
    pub without_password: bool,
    /// Whether the server was reached over a network that is not this machine's own.
    pub remote: bool,
}

/// Counters that only mean something as a difference.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Window {
    /// Seconds between the two readings.
    pub seconds: f64,
    /// Lookups that found a key.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// Keys evicted.
    pub evicted: u64,
}

/// A server's facts at one moment.
#[derive(Debug, Default)]
pub struct KeyspaceSnapshot {
    /// `INFO everything`, or as much as was allowed.
    pub info: ServerInfo,
    /// The non-secret settings that rules read; empty where `CONFIG GET` is refused.
    pub config: BTreeMap<String, String>,
    /// Slow commands, newest first.
    pub slowlog: Vec<SlowEntry>,
    /// Latency spikes that the server recorded.
    pub latency: Vec<LatencyEvent>,
    /// Connections, where they may be listed.
    pub clients: Option<ClientFacts>,
    /// How the server lets clients in.
    pub access: AccessFacts,
    /// Counters over the walk.
    pub window: Option<Window>,
    /// The database that was looked at.
    pub database: u32,
    /// Keys in it.
    pub dbsize: u64,
    /// Names walked; their templates and memory are in `templates`.
    pub walked: u64,
    /// Whether `templates` carries the memory of the walked keys as weight.
    pub weighed: bool,
    /// How the keys were chosen.
    pub method: SampleMethod,
    /// Templates of the walked names.
    pub templates: Templates,
    /// Keys that were looked at.
    pub samples: Vec<KeySample>,
    /// What could not be read, and why.
    pub gaps: Vec<String>,
}

impl KeyspaceSnapshot {
    /// A setting as text: from `CONFIG GET`, else from `INFO` where it has the same name there.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(String::as_str).or_else(|| self.info.text(&name.replace('-', "_")))
    }

    /// A setting as a number.
    pub fn setting_number(&self, name: &str) -> Option<u64> {
        self.setting(name)?.parse().ok()
    }
}
