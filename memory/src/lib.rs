//! What outlives a session: the journal, learnings, tasks, schedules and reviews.
//!
//! One [`Store`] holds all of it, in one SQLite file (the default) or in the schema `dbwright` of
//! a PostgreSQL database, with the same tables and the same behaviour. An acknowledged write is
//! durable: it survives `kill -9` and power loss. The store never decides what to remember or
//! when to run something; it keeps what it is given, and finds it again.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use dbwright_memory::{Door, JournalEntry, NewSession, Store, new_id};
//! use serde_json::json;
//!
//! let store = Store::in_memory().await?;
//! let id = new_id();
//! store.create_session(&NewSession::new(&id, "why is checkout slow", Door::Ask)).await?;
//! let seq = store.append(&id, &[JournalEntry::new("text", json!({"text": "hello"}))]).await?;
//! assert_eq!(seq, 1);
//! # Ok::<(), dbwright_memory::StoreError>(()) }).unwrap();
//! ```

mod database;
mod error;
mod files;
mod id;
mod journal;
mod learning;
mod review;
mod search;
mod store;
mod time;
mod tools;
mod url;
mod work;

pub use error::StoreError;
pub use files::ImportReport;
pub use id::new_id;
pub use journal::{Door, JournalEntry, NewSession, SessionRecord, StoredEntry};
pub use learning::{
    Learning, LearningFilter, LearningKind, LearningStatus, MeasuredAt, NewLearning, Provenance, Saved, Scope,
    StatusChange,
};
pub use review::StoredReview;
pub use search::{Hit, Query, Why};
pub use store::Store;
pub use tools::{
    Figures, MemorySave, MemorySaveArgs, MemorySaved, MemorySearch, MemorySearchArgs, MemorySearchResult, Origin,
    render_learning,
};
pub use url::StoreUrl;
pub use work::{Claim, NewTask, Outcome, Schedule, TargetLease, Task, TaskState};
