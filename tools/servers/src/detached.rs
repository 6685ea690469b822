//! Servers that stay up after the program that started them, until they are told to stop.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    ServersError,
    account::Account,
    postgres,
    server::blocking,
    sweep::{folders, sweep},
};

/// The guard of a kept server looks for its mark once a second.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
}

/// A server that was kept. Its record lies in its folder, so any later run finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detached {
    /// Which server it is.
    pub kind: Kind,
    /// Its version.
    pub version: String,
    /// How to connect: of PostgreSQL, to the database `postgres`.
    pub url: String,
    /// Its folder.
    pub dir: PathBuf,
}

impl Detached {
    /// All kept servers of this account.
    pub fn all() -> Result<Vec<Self>, ServersError> {
        let account = Account::detect()?;
        // One whose guard is gone (the machine was restarted) is not running.
        sweep(&account);
        let read = |folder: &PathBuf| serde_json::from_slice::<Self>(&fs::read(folder.join("keep")).ok()?).ok();
        Ok(folders(&account).iter().filter_map(|folder| read(folder).filter(|kept| kept.dir == *folder)).collect())
    }

    /// Connection string of a database of a kept PostgreSQL server; of Redis simply its URL.
    pub fn url(&self, database: &str) -> String {
        match self.kind {
            Kind::Postgres => postgres::url(&self.dir.join("s"), crate::wire::SUPERUSER, database),
            Kind::Redis => self.url.clone(),
        }
    }

    /// Ends the server and removes its folder; returns when both are gone.
    pub async fn stop(self) -> Result<(), ServersError> {
        blocking(move || {
            let mark = self.dir.join("keep");
            fs::remove_file(&mark).map_err(ServersError::io("remove", &mark))?;
            wait_until_gone(&self.dir)
        })
        .await
    }

    pub(crate) fn mark(&self) -> Result<(), ServersError> {
        let record = serde_json::to_vec_pretty(self).unwrap_or_default();
        // Renamed into place: whoever sees the mark can read it.
        let (fresh, mark) = (self.dir.join("keep.new"), self.dir.join("keep"));
        fs::write(&fresh, record).map_err(ServersError::io("write", &fresh))?;
        fs::rename(&fresh, &mark).map_err(ServersError::io("rename", &fresh))
    }
}

fn wait_until_gone(folder: &Path) -> Result<(), ServersError> {
    let deadline = Instant::now() + STOP_LIMIT;
    while folder.exists() {
        if Instant::now() > deadline {
            return Err(ServersError::Stop { dir: folder.to_owned(), seconds: STOP_LIMIT.as_secs() });
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
