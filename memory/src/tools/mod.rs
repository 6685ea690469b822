//! The store as the agent sees it: `memory_search` and `memory_save`.

mod evidence;
mod save;
mod search;
mod show;

use crate::Scope;

pub use save::{Figures, MemorySave, MemorySaveArgs, MemorySaved};
pub use search::{MemorySearch, MemorySearchArgs, MemorySearchResult};
pub use show::render_learning;

/// What a session's tools know about where they work; the model does not choose it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Where learnings are looked for and saved.
    pub scope: Scope,
    /// Who writes: the model's name, or `playbook`.
    pub agent: String,
    /// Version of the server under review.
    pub server_version: Option<String>,
}
