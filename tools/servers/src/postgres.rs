//! A throwaway PostgreSQL server.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Detached, Kind, PostgresBinaries, ServersError, Version,
    account::Account,
    run_dir::RunDir,
    server::{Program, Server, blocking},
    sweep, template,
    wire::{self, SUPERUSER},
};

/// Only a part of the socket's file name: every server has its own folder, so none can clash.
const PORT: u16 = 5432;

/// How a throwaway PostgreSQL server is set up.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Keep the server's defaults for `fsync`, `synchronous_commit`, `full_page_writes` and the
    /// WAL level. Off by default: nothing here has to survive a crash.
    pub durable: bool,
    /// Run autovacuum. Off by default, so that statistics change only when a test says so.
    pub autovacuum: bool,
    /// Further settings; they win over ours.
    pub settings: Vec<(String, String)>,
    /// Libraries for `shared_preload_libraries`; those that are not installed are left out.
    pub preload: Vec<String>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            durable: false,
            autovacuum: false,
            settings: Vec::new(),
            preload: vec!["pg_stat_statements".to_owned(), "auto_explain".to_owned()],
        }
    }
}

impl PostgresOptions {
    /// Adds one setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// `-c` arguments, ours first: of two for one name the server takes the last.
    fn arguments(&self, binaries: &PostgresBinaries, dir: &RunDir) -> Vec<String> {
        let mut settings: Vec<(&str, String)> = vec![
            ("listen_addresses", String::new()),
            ("port", PORT.to_string()),
            ("shared_buffers", "64MB".to_owned()),
            ("max_connections", "100".to_owned()),
            ("track_io_timing", "on".to_owned()),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
            // Shared memory as files in the data folder: they go with it, whatever happens.
            ("dynamic_shared_memory_type", "mmap".to_owned()),
        ];
        if !self.durable {
            let off = ["fsync", "synchronous_commit", "full_page_writes"].map(|name| (name, "off".to_owned()));
            settings.extend(off);
            settings.push(("wal_level", "minimal".to_owned()));
            settings.push(("max_wal_senders", "0".to_owned()));
        }
        if !self.autovacuum {
            settings.push(("autovacuum", "off".to_owned()));
        }
        if binaries.version.major >= 18 {
            // No worker processes for I/O: one throwaway server should be as few processes as can be.
            settings.push(("io_method", "sync".to_owned()));
        }
        let preload: Vec<&str> =
            self.preload.iter().map(String::as_str).filter(|library| binaries.has_library(library)).collect();
        settings.push(("shared_preload_libraries", preload.join(",")));
        settings.extend(self.settings.iter().map(|(name, value)| (name.as_str(), value.clone())));

        let mut arguments = vec!["-D".to_owned(), dir.data().display().to_string()];
        arguments.extend(["-k".to_owned(), dir.socket_dir().display().to_string()]);
        for (name, value) in settings {
            arguments.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        arguments
    }
}

/// A running throwaway PostgreSQL server. Dropping it ends the server at once and removes its
/// folder; so does the end of this process, however it comes.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    version: Version,
}

impl Postgres {
    /// Starts a server with an empty database `postgres`, and returns when it answers.
    pub async fn start(binaries: &PostgresBinaries, options: PostgresOptions) -> Result<Self, ServersError> {
        let binaries = binaries.clone();
        blocking(move || Self::start_blocking(&binaries, &options)).await
    }

    pub(crate) fn start_blocking(binaries: &PostgresBinaries, options: &PostgresOptions) -> Result<Self, ServersError> {
        let account = Account::detect()?;
        sweep::sweep(&account);
        let dir = RunDir::create(&account)?;
        if let Err(error) = template::fill(binaries, &account, &dir.data()) {
            // No guard yet that would do it. The error is worth more than a folder left to the sweep.
            let _ = fs::remove_dir_all(dir.path());
            return Err(error);
        }
        let program = Program {
            path: &binaries.program("postgres"),
            arguments: options.arguments(binaries, &dir),
            signal: "QUIT",
        };
        let server = Server::start(dir, &account, program, &format!("PostgreSQL {}", binaries.version), answers)?;
        Ok(Self { server, version: binaries.version })
    }

    /// A server that another process started, when it is there and answers.
    pub(crate) fn join(folder: &Path, version: Version) -> Option<Self> {
        let dir = RunDir::join(folder)?;
        answers(&dir).then(|| Self { server: Server::joined(dir), version })
    }

    /// Connection string of a database, for sqlx and libpq alike.
    pub fn url(&self, database: &str) -> String {
        url(&self.socket_dir(), SUPERUSER, database)
    }

    /// The same for another role; every role connects without a password.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        url(&self.socket_dir(), role, database)
    }

    /// Version of the running server.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Folder of the Unix socket: `host` in libpq's terms.
    pub fn socket_dir(&self) -> PathBuf {
        self.server.dir().socket_dir()
    }

    /// The port that belongs to the socket. Nothing listens on TCP.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The server's own folder: data, log and socket.
    pub fn dir(&self) -> &Path {
        self.server.dir().path()
    }

    /// Process id of the postmaster.
    pub fn pid(&self) -> Option<u32> {
        self.server.dir().server_pid()
    }

    /// Creates an empty database.
    pub async fn create_database(&self, name: &str) -> Result<(), ServersError> {
        let folder = self.dir().to_owned();
        let statement = format!("CREATE DATABASE {} TEMPLATE template0", quoted(name));
        blocking(move || statement_in(&folder, &statement)).await
    }

    /// Drops a database and whoever is connected to it.
    pub async fn drop_database(&self, name: &str) -> Result<(), ServersError> {
        let folder = self.dir().to_owned();
        let statement = drop_statement(name);
        blocking(move || statement_in(&folder, &statement)).await
    }

    /// Ends the server at once and removes its folder; returns when both are gone.
    pub async fn stop(mut self) -> Result<(), ServersError> {
        blocking(move || self.server.stop()).await
    }

    /// Lets the server go on after this process, until [`Detached::stop`].
    pub fn detach(self) -> Result<Detached, ServersError> {
        let detached = Detached {
            kind: Kind::Postgres,
            version: self.version.to_string(),
            url: self.url(SUPERUSER),
            dir: self.dir().to_owned(),
        };
        detached.mark()?;
        self.server.leave();
        Ok(detached)
    }
}

/// libpq and sqlx both let the parameter `host` win over the host of the URL.
pub(crate) fn url(socket_dir: &Path, role: &str, database: &str) -> String {
    format!("postgres://{role}@localhost:{PORT}/{database}?host={}", socket_dir.display())
}

/// Runs one statement on the server whose folder this is.
pub(crate) fn statement_in(folder: &Path, statement: &str) -> Result<(), ServersError> {
    wire::execute(&socket(&folder.join("s")), SUPERUSER, statement)
        .map_err(|error| ServersError::Statement { dir: folder.to_owned(), reason: error.to_string() })
}

pub(crate) fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn socket(folder: &Path) -> PathBuf {
    folder.join(format!(".s.PGSQL.{PORT}"))
}

fn answers(dir: &RunDir) -> bool {
    // The eighth line of the postmaster's file says `ready` once connections are let in; asking
    // before that would fill the log with refusals.
    let file = fs::read_to_string(dir.data().join("postmaster.pid")).unwrap_or_default();
    file.lines().nth(7).is_some_and(|line| line.trim() == "ready")
        && wire::execute(&socket(&dir.socket_dir()), SUPERUSER, "SELECT 1").is_ok()
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
