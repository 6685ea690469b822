//! `agent.md`: who the specialist is, which tools it may use and how it may be asked.

use std::path::{Path, PathBuf};

use crate::{
    agent::PermissionMode,
    frontmatter::{Document, FrontmatterError},
};

/// The persona that is compiled in.
const EMBEDDED: &str = include_str!("../agent.md");

/// Keys that mean something here; others are kept and reported once.
const KNOWN: &[&str] = &[
    "name",
    "description",
    "model",
    "tier",
    "tags",
    "tools",
    "disallowedTools",
    "triggers",
    "permissionMode",
    "skills",
    "color",
    "memory",
    "maxTurns",
    "mcpServers",
    "hooks",
];

/// Typed database tools: the safer subset of what `Bash` could do, so `Bash` grants them.
const GRANTED_BY_BASH: &[&str] = &[
    "psql",
    "describe",
    "explain",
    "workload",
    "advise_indexes",
    "tune_statement",
    "check_health",
    "lint_migration",
    "rehearse_migration",
    "redis_cli",
    "analyze_keyspace",
    "scan_code",
    "maintain",
    "apply_change",
];
/// Tools that every persona has: its own memory, its skills and the way to hand over.
const ALWAYS_GRANTED: &[&str] = &["memory_search", "memory_save", "load_skill", "escalate"];

/// A loaded persona.
#[derive(Debug, Clone, PartialEq)]
pub struct Persona {
    /// Short name: `database-specialist`.
    pub name: String,
    /// When to use it, as a parent agent reads it.
    pub description: String,
    /// Model alias or name; `inherit` leaves it to the caller.
    pub model: Option<String>,
    /// Class of the agent in its roster.
    pub tier: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Allow-list as written; `None` allows every tool.
    pub tools: Option<Vec<String>>,
    /// Deny-list as written.
    pub disallowed_tools: Vec<String>,
    /// Words and phrases that route a request here.
    pub triggers: Vec<String>,
    /// What needs no question.
    pub permission_mode: PermissionMode,
    /// Skills that it loads on demand.
    pub skills: Vec<String>,
    /// Most exchanges in a turn.
    pub max_turns: Option<u32>,
    /// The Markdown that becomes the system prompt.
    pub body: String,
    /// Keys without meaning here, kept.
    pub unknown_keys: Vec<String>,
    /// What was decided while reading.
    pub warnings: Vec<String>,
}

/// A persona that cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonaError {
    /// The file cannot be read.
    #[error("cannot read the persona {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The head is broken.
    #[error(transparent)]
    Head(#[from] FrontmatterError),
    /// A value does not fit its key.
    #[error("{file}: {message}")]
    Value {
        /// The file.
        file: String,
        /// Key, value and what is expected.
        message: String,
    },
}

impl Persona {
    /// The persona that ships with the program.
    ///
    /// # Errors
    /// Never for a released program: a test loads it.
    pub fn embedded() -> Result<Self, PersonaError> {
        Self::parse(Path::new("agent.md"), EMBEDDED)
    }

    /// Loads a persona file.
    ///
    /// # Errors
    /// When the file cannot be read or its head is broken.
    pub fn load(path: &Path) -> Result<Self, PersonaError> {
        let bytes = std::fs::read(path).map_err(|source| PersonaError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &String::from_utf8_lossy(&bytes))
    }

    /// Reads a persona from text; `path` names it in errors, and gives the name where the head
    /// has none.
    ///
    /// # Errors
    /// When the head is broken or a value does not fit its key.
    pub fn parse(path: &Path, text: &str) -> Result<Self, PersonaError> {
        let document = Document::parse(path, text)?;
        let file = path.display().to_string();
        let bad = |message: String| PersonaError::Value { file: file.clone(), message };
        let stem = || path.file_stem().map_or_else(|| "agent".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let permission_mode = match document.text("permissionMode") {
            Some(text) => text.parse().map_err(bad)?,
            None => PermissionMode::Default,
        };
        let max_turns = match document.text("maxTurns") {
            Some(text) => Some(
                text.parse()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(|| bad(format!("`maxTurns: {text}` is not a positive whole number")))?,
            ),
            None => None,
        };
        let unknown_keys: Vec<String> =
            document.fields.iter().map(|(key, _)| key.clone()).filter(|key| !KNOWN.contains(&key.as_str())).collect();
        let mut warnings = document.warnings.clone();
        if !unknown_keys.is_empty() {
            warnings.push(format!("{file}: kept without effect: {}", unknown_keys.join(", ")));
        }
        Ok(Self {
            name: document.text("name").unwrap_or_else(stem),
            description: document.text("description").unwrap_or_default(),
            model: document.text("model"),
            tier: document.text("tier"),
            tags: document.list("tags").unwrap_or_default(),
            tools: document.list("tools").filter(|tools| !tools.is_empty()),
            disallowed_tools: document.list("disallowedTools").unwrap_or_default(),
            triggers: document.list("triggers").unwrap_or_default(),
            permission_mode,
            skills: document.list("skills").unwrap_or_default(),
            max_turns,
            body: document.body.trim().to_owned(),
            unknown_keys,
            warnings,
        })
    }

    /// Whether the persona may use the tool called `tool`.
    pub fn allows(&self, tool: &str) -> bool {
        let names = |entry: &String| {
            let granted = entry.split('(').next().unwrap_or(entry).trim();
            granted == tool
                || granted == "*"
                || granted.strip_suffix('*').is_some_and(|prefix| tool.starts_with(prefix))
                || (granted == "Bash" && GRANTED_BY_BASH.contains(&tool))
        };
        let denied = self.disallowed_tools.iter().any(|entry| entry.split('(').next().unwrap_or(entry).trim() == tool);
        !denied && (ALWAYS_GRANTED.contains(&tool) || self.tools.as_ref().is_none_or(|tools| tools.iter().any(names)))
    }
}

#[cfg(test)]
#[path = "persona_tests.rs"]
mod tests;
