//! What the journal takes and gives.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The way by which a session came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The interactive terminal.
    Chat,
    /// One prompt, one answer.
    Ask,
    /// A review, started by a person or a schedule.
    Review,
    /// Another agent, over MCP.
    Mcp,
    /// Another agent, over A2A.
    A2a,
    /// An editor, over ACP.
    Acp,
}

impl Door {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Chat, Self::Ask, Self::Review, Self::Mcp, Self::A2a, Self::Acp];

    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Ask => "ask",
            Self::Review => "review",
            Self::Mcp => "mcp",
            Self::A2a => "a2a",
            Self::Acp => "acp",
        }
    }
}

/// A session about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id; see [`crate::new_id`].
    pub id: String,
    /// A line for lists: the first words of the request.
    pub title: String,
    /// The way it came in.
    pub door: Door,
    /// The model's name, or `playbook`.
    pub model: Option<String>,
    /// The persona's name.
    pub persona: Option<String>,
    /// The folder it works in.
    pub cwd: Option<String>,
    /// The database it speaks to, without credentials.
    pub target: Option<String>,
}

impl NewSession {
    /// A session with the required parts; set the others as fields.
    pub fn new(id: impl Into<String>, title: impl Into<String>, door: Door) -> Self {
        Self { id: id.into(), title: title.into(), door, model: None, persona: None, cwd: None, target: None }
    }
}

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionRecord {
    /// Its id.
    pub id: String,
    /// A line for lists.
    pub title: String,
    /// The way it came in.
    pub door: Door,
    /// The model's name, or `playbook`.
    pub model: Option<String>,
    /// The persona's name.
    pub persona: Option<String>,
    /// The folder it worked in.
    pub cwd: Option<String>,
    /// The database it spoke to, without credentials.
    pub target: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its last event was stored.
    pub last_at: DateTime<Utc>,
    /// When it was finished; none while it runs, and for sessions that were cut off.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended, in the caller's words.
    pub outcome: Option<String>,
    /// Sequence number of its last event; 0 when it has none.
    pub last_seq: i64,
}

/// One event to store.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// The event's type, for filters.
    pub kind: String,
    /// The whole event.
    pub payload: Value,
}

impl JournalEntry {
    /// An entry.
    pub fn new(kind: impl Into<String>, payload: Value) -> Self {
        Self { kind: kind.into(), payload }
    }
}

/// One stored event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredEntry {
    /// Position in the session: 1, 2, 3, …
    pub seq: i64,
    /// When it was stored.
    pub at: DateTime<Utc>,
    /// The event's type.
    pub kind: String,
    /// The whole event.
    pub payload: Value,
}
