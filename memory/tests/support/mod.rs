//! Stores to test against: every test runs on each of them.

use dbwright_contract::Redactor;
use dbwright_memory::{Store, StoreUrl};
use tempfile::TempDir;

/// A store on an empty database, and how to open it again.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: StoreUrl,
    _folder: Option<TempDir>,
}

impl Fixture {
    pub(crate) async fn reopen(&self) -> Store {
        Store::open(&self.url, Redactor::new()).await.unwrap()
    }
}

pub(crate) async fn sqlite() -> Fixture {
    let folder = TempDir::new().unwrap();
    let url = StoreUrl::File(folder.path().join("home/state.db"));
    Fixture { store: Store::open(&url, Redactor::new()).await.unwrap(), url, _folder: Some(folder) }
}
