//! The record itself.

use chrono::{DateTime, Utc};
use dbwright_finding::{Confidence, Measured};
use serde::{Deserialize, Serialize};

use super::{LearningKind, LearningStatus};

/// Where a learning is valid. An absent part means everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The project (repository) it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// A hash that identifies the database; never a connection string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_fingerprint: Option<String>,
    /// The schema inside the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

/// Where a learning comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// The session that saved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The tool calls in that session that prove it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<String>,
    /// Who wrote it: the model's name, `playbook`, `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What a person said, where that is the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_statement: Option<String>,
    /// Whether content from outside was in the session by then: it may have wanted to be remembered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
}

/// One measurement of the series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeasuredAt {
    /// When it was stored.
    pub at: DateTime<Utc>,
    /// Before and after.
    #[serde(flatten)]
    pub measured: Measured,
}

/// A learning about to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLearning {
    /// What it is about.
    pub kind: LearningKind,
    /// One sentence.
    pub title: String,
    /// The explanation, in Markdown.
    pub body: String,
    /// What surrounds it and should find it too: table comments, the request of the session.
    pub context: String,
    /// Where it is valid.
    pub scope: Scope,
    /// Tables concerned, qualified or not.
    pub tables: Vec<String>,
    /// Columns concerned.
    pub columns: Vec<String>,
    /// Fingerprint of the statement.
    pub query_fingerprint: Option<String>,
    /// The statement without its literals.
    pub query_normalized: Option<String>,
    /// The key pattern in Redis: `cart:{id}`.
    pub key_template: Option<String>,
    /// Before and after.
    pub measured: Option<Measured>,
    /// Version of the server, as it says itself.
    pub server_version: Option<String>,
    /// Statements that were or should be run.
    pub ddl_applied: Vec<String>,
    /// Statements that take them back.
    pub ddl_undo: Vec<String>,
    /// Where it stands.
    pub status: LearningStatus,
    /// Where it comes from: part of the proof.
    pub provenance: Provenance,
    /// How sure.
    pub confidence: Confidence,
}

impl NewLearning {
    /// A proposed learning with the required parts; set the others as fields.
    pub fn new(kind: LearningKind, title: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            body: body.into(),
            context: String::new(),
            scope: Scope::default(),
            tables: Vec::new(),
            columns: Vec::new(),
            query_fingerprint: None,
            query_normalized: None,
            key_template: None,
            measured: None,
            server_version: None,
            ddl_applied: Vec::new(),
            ddl_undo: Vec::new(),
            status: LearningStatus::Proposed,
            provenance: Provenance::default(),
            confidence: Confidence::Rule,
        }
    }
}

/// A learning as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    /// Its id; sorts by creation.
    pub id: String,
    /// What it is about.
    pub kind: LearningKind,
    /// One sentence.
    pub title: String,
    /// The explanation, in Markdown.
    #[serde(default)]
    pub body: String,
    /// What surrounds it and finds it too.
    #[serde(default)]
    pub context: String,
    /// Where it is valid.
    #[serde(default)]
    pub scope: Scope,
    /// Tables concerned.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Columns concerned.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Fingerprint of the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_fingerprint: Option<String>,
    /// The statement without its literals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_normalized: Option<String>,
    /// The key pattern in Redis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_template: Option<String>,
    /// What was measured, oldest first.
    #[serde(default)]
    pub measurements: Vec<MeasuredAt>,
    /// Version of the server at the last save.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// Statements that were or should be run.
    #[serde(default)]
    pub ddl_applied: Vec<String>,
    /// Statements that take them back.
    #[serde(default)]
    pub ddl_undo: Vec<String>,
    /// Where it stands.
    pub status: LearningStatus,
    /// Why it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// The learning that says the opposite, later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Where it comes from.
    #[serde(default)]
    pub provenance: Provenance,
    /// How sure.
    pub confidence: Confidence,
    /// How often it was learned: 1, and one more for every save of the same.
    pub hits: i64,
    /// First saved.
    pub created_at: DateTime<Utc>,
    /// Last saved or checked.
    pub last_seen: DateTime<Utc>,
    /// Last found true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_verified: Option<DateTime<Utc>>,
    /// When it should be checked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check: Option<DateTime<Utc>>,
}

impl Learning {
    /// The newest measurement.
    pub fn latest(&self) -> Option<&Measured> {
        self.measurements.last().map(|measurement| &measurement.measured)
    }
}
