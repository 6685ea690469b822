//! A review as a document: the contract `dbwright.review/1`.

use chrono::{DateTime, Utc};
use dbwright_finding::{Finding, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Usage;

/// The schema's name and version.
pub const SCHEMA: &str = "dbwright.review/1";

/// Everything that one review found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What was reviewed, without credentials.
    pub target: Target,
    /// The journal's session.
    pub session_id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: u64,
    /// `playbook`, or the model's name.
    pub driver: String,
    /// Ranked: most severe first, and among equals the one with most at stake.
    pub findings: Vec<Finding>,
    /// Compared with the last review of the same target.
    pub since_last: SinceLast,
    /// What memory gained and lost.
    pub learnings: Learnings,
    /// What was not checked, and why.
    pub gaps: Vec<String>,
    /// What the review cost.
    pub usage: Usage,
    /// Measured results behind the findings, for reports: plans, statements, sizes, key templates.
    #[serde(default)]
    pub exhibits: Vec<Exhibit>,
}

/// What was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The database's name, and what is known of its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The server's version, as it names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres_version: Option<String>,
    /// The Redis server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<String>,
    /// The repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Fingerprint that later reviews are compared by; holds no credentials.
    pub fingerprint: String,
}

/// Ids of findings compared with the last review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SinceLast {
    /// When the last review began; `None` for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Not there last time.
    pub new: Vec<String>,
    /// More severe than last time.
    pub worse: Vec<String>,
    /// As last time.
    pub same: Vec<String>,
    /// There last time, gone now.
    pub fixed: Vec<Fixed>,
}

/// A finding of the last review that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fixed {
    /// Its id.
    pub id: String,
    /// Its severity then.
    pub severity: Severity,
    /// Its title then.
    pub title: String,
}

/// What memory gained and lost. Each entry is one line: the learning's id and title.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Learnings {
    /// Recalled before the work began.
    #[serde(default)]
    pub recalled: Vec<String>,
    /// Saved now.
    pub saved: Vec<String>,
    /// Known before and still true.
    pub verified: Vec<String>,
    /// Known before and no longer true.
    pub regressed: Vec<String>,
}

/// One tool result that a report can draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exhibit {
    /// The call that produced it: what evidence refers to (`explain#3`).
    pub source: String,
    /// The tool.
    pub tool: String,
    /// The tool's whole JSON.
    pub json: Value,
}

impl Review {
    /// The most severe finding's severity.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings have `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
