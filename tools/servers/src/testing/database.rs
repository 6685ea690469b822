//! A database for one test.

use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
};

use crate::{
    Postgres,
    postgres::{drop_statement, statement_in, url},
    wire::SUPERUSER,
};

/// A fresh database that is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    folder: PathBuf,
}

impl TestDatabase {
    pub(super) async fn create(postgres: &Postgres, hint: &str) -> Self {
        let name = name(hint);
        if let Err(error) = postgres.create_database(&name).await {
            panic!("cannot create a test database: {error}");
        }
        Self { name, folder: postgres.dir().to_owned() }
    }

    /// Connection string of the superuser.
    pub fn url(&self) -> String {
        self.url_as(SUPERUSER)
    }

    /// Connection string of another role; every role connects without a password.
    pub fn url_as(&self, role: &str) -> String {
        url(&self.folder.join("s"), role, &self.name)
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Err(error) = statement_in(&self.folder, &drop_statement(&self.name)) {
            tracing::debug!(%error, "a test database was left to the end of its server");
        }
    }
}

/// Unique among all processes that share the cluster.
fn name(hint: &str) -> String {
    let hint: String =
        hint.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(30).collect::<String>().to_lowercase();
    format!("t_{hint}_{:016x}", RandomState::new().hash_one(&hint))
}
