use dbwright_contract::Redactor;
use serde_json::json;
use sqlx::Executor;
use tempfile::TempDir;

use super::*;
use crate::{Door, JournalEntry, NewSession, Store};

async fn store_with_session(folder: &TempDir) -> Store {
    let store = Store::open(&StoreUrl::File(folder.path().join("state.db")), Redactor::new()).await.unwrap();
    store.create_session(&NewSession::new("s", "t", Door::Ask)).await.unwrap();
    store
}

/// A setting of the one connection that writes.
async fn pragma(store: &Store, sql: &'static str) {
    let Backend::Sqlite { write, .. } = &store.database.backend else { unreachable!() };
    write.execute(sql).await.unwrap();
}

fn large() -> JournalEntry {
    JournalEntry::new("text", json!("x".repeat(20_000)))
}

#[tokio::test]
async fn a_full_disk_is_named_and_the_store_goes_on_once_there_is_room() {
    let folder = TempDir::new().unwrap();
    let store = store_with_session(&folder).await;
    store.append("s", &[large()]).await.unwrap();
    // SQLite reports its own page limit as it reports a full disk, and rolls back by itself. The
    // limit belongs to the connection, so the one that takes its place has room again.
    pragma(&store, "PRAGMA max_page_count = 1").await;
    let refused = store.save_review("t", None, &large().payload).await;
    assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
    assert_eq!(store.last_review("t").await.unwrap(), None);
    assert_eq!(store.append("s", &[large()]).await.unwrap(), 2);
    assert_eq!(store.entries("s", 0).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_read_only_state_is_named() {
    let folder = TempDir::new().unwrap();
    let store = store_with_session(&folder).await;
    pragma(&store, "PRAGMA query_only = on").await;
    assert!(matches!(store.append("s", &[large()]).await, Err(StoreError::ReadOnly { .. })));
    assert_eq!(store.session("s").await.unwrap().last_seq, 0);
}

#[tokio::test]
async fn a_later_schema_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = store_with_session(&folder).await;
    pragma(&store, "INSERT INTO schema_versions (version, applied_at) VALUES (99, 0)").await;
    let again = Store::open(&StoreUrl::File(folder.path().join("state.db")), Redactor::new()).await;
    assert!(matches!(again, Err(StoreError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let store = Store::in_memory().await.unwrap();
    store.create_session(&NewSession::new("s", "t", Door::Ask)).await.unwrap();
    store.close().await;
    assert_eq!(store.append("s", &[large()]).await, Err(StoreError::Closed));
    assert_eq!(store.entries("s", 0).await, Err(StoreError::Closed));
}
