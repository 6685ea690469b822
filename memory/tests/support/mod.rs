//! Stores to test against: every test runs on each of them.

use dbwright_contract::Redactor;
use dbwright_memory::{Store, StoreUrl};
use dbwright_servers::testing::{self, TestDatabase};
use tempfile::TempDir;

/// A store on an empty database, and how to open it again.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: StoreUrl,
    _folder: Option<TempDir>,
    _database: Option<TestDatabase>,
}

impl Fixture {
    #[allow(dead_code, reason = "not every test file opens its store twice")]
    pub(crate) async fn reopen(&self) -> Store {
        Store::open(&self.url, Redactor::new()).await.unwrap()
    }
}

pub(crate) async fn sqlite() -> Fixture {
    let folder = TempDir::new().unwrap();
    let url = StoreUrl::File(folder.path().join("home/state.db"));
    let store = Store::open(&url, Redactor::new()).await.unwrap();
    Fixture { store, url, _folder: Some(folder), _database: None }
}

#[allow(dead_code, reason = "not every test file needs a server")]
pub(crate) async fn postgres() -> Fixture {
    let database = testing::postgres().await.database("memory").await;
    let url: StoreUrl = database.url().parse().unwrap();
    let store = Store::open(&url, Redactor::new()).await.unwrap();
    Fixture { store, url, _folder: None, _database: Some(database) }
}

/// One test function for each scenario and database.
#[allow(unused_macros, reason = "the files of single-database tests do not use it")]
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$scenario(&super::support::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$scenario(&super::support::postgres().await).await;
            })+
        }
    };
}
