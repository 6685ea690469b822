//! One cluster for all test processes that run at the same time.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::TestDatabase;
use crate::{Postgres, PostgresBinaries, PostgresOptions, ServersError, Version, account::Account, places};

/// The cluster that tests share. It ends when the last test process that uses it ends.
#[derive(Debug)]
pub struct SharedPostgres {
    postgres: Postgres,
}

impl SharedPostgres {
    /// Uses the cluster that another test process started, or starts it.
    pub(super) fn join_or_start(binaries: &PostgresBinaries) -> Result<Self, ServersError> {
        let cache = places::cache(&Account::detect()?)?;
        let key = format!("shared-pg{}", binaries.version);
        let (lock_path, pointer) = (cache.join(format!("{key}.lock")), cache.join(&key));
        // Held while the server starts: the others wait and then find it running.
        let lock = File::create(&lock_path).map_err(ServersError::io("create", &lock_path))?;
        lock.lock().map_err(ServersError::io("lock", &lock_path))?;
        let running = fs::read_to_string(&pointer).ok().map(PathBuf::from);
        if let Some(postgres) = running.and_then(|folder| Postgres::join(&folder, binaries.version)) {
            return Ok(Self { postgres });
        }
        let options = PostgresOptions::default().setting("max_connections", "300");
        let postgres = Postgres::start_blocking(binaries, &options)?;
        fs::write(&pointer, postgres.dir().display().to_string()).map_err(ServersError::io("write", &pointer))?;
        Ok(Self { postgres })
    }

    /// A fresh, empty database; `hint` is part of its name.
    pub async fn database(&self, hint: &str) -> TestDatabase {
        TestDatabase::create(&self.postgres, hint).await
    }

    /// Connection string of a database of the cluster.
    pub fn url(&self, database: &str) -> String {
        self.postgres.url(database)
    }

    /// Version of the server.
    pub fn version(&self) -> Version {
        self.postgres.version()
    }

    /// The server's folder.
    pub fn dir(&self) -> &Path {
        self.postgres.dir()
    }

    /// The server itself.
    pub fn server(&self) -> &Postgres {
        &self.postgres
    }
}
