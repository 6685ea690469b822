//! The settings as types. Every key and default stands in `config/dbwright.yaml`.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use dbwright_checks::Thresholds;
use dbwright_finding::Severity;
use dbwright_postgres::{Access, AdviseSettings, Environment, ScratchPlace};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::agent::{Limits, PermissionMode};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which model answers.
    pub model: ModelSettings,
    /// What one session may spend.
    pub limits: LimitSettings,
    /// What needs no question; the persona's when `None`.
    pub permission_mode: Option<PermissionMode>,
    /// Databases by name.
    pub databases: BTreeMap<String, DatabaseSettings>,
    /// Redis servers by name.
    pub redis: BTreeMap<String, RedisSettings>,
    /// Reviews by the clock.
    pub schedules: Vec<ScheduleSettings>,
    /// Limits of the health checks.
    pub checks: Thresholds,
    /// What a review looks at.
    pub review: ReviewSettings,
    /// What index advice may take.
    pub advise: AdviceSettings,
    /// The daemon.
    pub serve: ServeSettings,
    /// Where state is kept.
    pub state: StateSettings,
}

impl Settings {
    /// Whether unattended work goes on although our role on this database could do more than read.
    pub fn allows_excess_on_database(&self, name: &str) -> bool {
        self.databases.get(name).is_some_and(|database| database.allow_excessive_rights)
    }

    /// The same for a Redis server.
    pub fn allows_excess_on_redis(&self, name: &str) -> bool {
        self.redis.get(name).is_some_and(|server| server.allow_excessive_rights)
    }
}

impl Settings {
    /// Limits of the health checks, all settings considered.
    pub fn thresholds(&self) -> Thresholds {
        let mut thresholds = self.checks.clone();
        if (thresholds.unused_window_s - Thresholds::default().unused_window_s).abs() < 1.0 {
            thresholds.unused_window_s = self.review.unused_index_days * 86_400.0;
        }
        thresholds
    }
}

/// Which model answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Alias or full name.
    pub name: Option<String>,
    /// Base URL of an OpenAI-compatible endpoint.
    pub endpoint: Option<String>,
    /// Most tokens in one answer.
    pub max_output_tokens: Option<u32>,
    /// Seconds without a byte before an answer counts as stalled.
    pub idle_timeout_s: u64,
}

/// What one session may spend.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Exchanges in one turn.
    pub steps: u32,
    /// Tokens.
    pub tokens: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

impl From<LimitSettings> for Limits {
    fn from(settings: LimitSettings) -> Self {
        Self { steps: settings.steps, tokens: settings.tokens, cost_usd: settings.cost_usd, ..Self::default() }
    }
}

/// One PostgreSQL database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://…`.
    pub url: SecretString,
    /// Where it stands.
    #[serde(default)]
    pub environment: Environment,
    /// The most that is allowed.
    #[serde(default)]
    pub access: Access,
    /// Whether a production database may be changed outside migrations.
    #[serde(default)]
    pub allow_production_changes: bool,
    /// Whether unattended work goes on with a role that could do more than read.
    #[serde(default)]
    pub allow_excessive_rights: bool,
}

/// One Redis server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://…`.
    pub url: SecretString,
    /// The most that is allowed.
    #[serde(default)]
    pub access: dbwright_redis::Access,
    /// Whether unattended work goes on with a user that could do more than read.
    #[serde(default)]
    pub allow_excessive_rights: bool,
}

/// One scheduled review.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSettings {
    /// Unique.
    pub name: String,
    /// Five or six fields, UTC.
    pub cron: String,
    /// Names of databases and Redis servers; all of them when empty.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Severity from which the run counts as failed.
    #[serde(default)]
    pub fail_on: Option<Severity>,
    /// Where a review's outcome is told: an HTTPS URL, or one of `serve.push_hosts`.
    #[serde(default)]
    pub notify: Option<SecretString>,
}

/// What a review looks at.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewSettings {
    /// Days of statistics before an index counts as unused.
    pub unused_index_days: f64,
    /// Whether rows may be copied to a throwaway server to prove index advice.
    pub copy_rows: bool,
    /// Keys sampled per Redis server.
    pub redis_sample: u64,
}

/// What index advice may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceSettings {
    /// `auto`, `none`, or the URL of a server for copies.
    pub scratch: SecretString,
    /// Statements taken from the workload.
    pub statements: u32,
    /// Seconds for comparing plans.
    pub search_s: u64,
    /// Seconds for executing on a copy.
    pub trial_s: u64,
    /// Seconds for one execution.
    pub run_s: u64,
    /// Megabytes of tables that are copied whole.
    pub copy_mb: u64,
    /// The same where a copy was asked for.
    pub scratch_mb: u64,
}

impl From<&AdviceSettings> for AdviseSettings {
    fn from(settings: &AdviceSettings) -> Self {
        Self {
            statements: settings.statements,
            search_time: Duration::from_secs(settings.search_s),
            trial_time: Duration::from_secs(settings.trial_s),
            run_timeout: Duration::from_secs(settings.run_s.max(1)),
            copy_bytes: settings.copy_mb << 20,
            scratch_bytes: settings.scratch_mb << 20,
            scratch: match settings.scratch.expose_secret() {
                "auto" => ScratchPlace::Auto,
                "none" => ScratchPlace::Nowhere,
                _ => ScratchPlace::Server(settings.scratch.clone()),
            },
            ..Self::default()
        }
    }
}

/// The daemon.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServeSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Further host names that clients know the daemon by.
    pub hosts: Vec<String>,
    /// Inner hosts that notifications may go to, without encryption too.
    pub push_hosts: Vec<String>,
    /// Bearer token.
    pub token: Option<SecretString>,
}

/// Where state is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateSettings {
    /// `postgres://…`, or a path.
    pub url: Option<SecretString>,
}
