//! Why there is no server.

use std::{io, path::PathBuf};

/// What went wrong while a server was looked for, installed, started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServersError {
    /// Nothing on the machine and nothing that could be installed. `tried` says why, step by step.
    #[error("no {what} found{}; any one of these commands fixes it: {}", reasons(.tried), commands(.fixes))]
    Missing {
        /// The server's name and, where one was asked for, its major version.
        what: String,
        /// What was tried and why it did not work.
        tried: Vec<String>,
        /// Three commands, each of which is enough.
        fixes: [String; 3],
    },
    /// `initdb` failed.
    #[error("initdb of PostgreSQL {version} failed: {output}")]
    Initdb {
        /// Version of the program that failed.
        version: String,
        /// The end of what it said.
        output: String,
    },
    /// The server ended, or was not ready in time.
    #[error("{what} did not start: {reason}; the end of its log: {log}")]
    Start {
        /// The server and its version.
        what: String,
        /// Ended or timed out.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// The server's process or folder is still there after it was told to go.
    #[error("the server in {} did not stop within {seconds} s; remove the folder once its process has ended", .dir.display())]
    Stop {
        /// The server's folder.
        dir: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// A statement on a server of ours failed.
    #[error("the server in {} refused a statement: {reason}", .dir.display())]
    Statement {
        /// The server's folder.
        dir: PathBuf,
        /// The server's message.
        reason: String,
    },
    /// Running as root, and there is no account to run a server as.
    #[error(
        "PostgreSQL refuses to run as root and neither `postgres` nor `nobody` exists; `useradd --system postgres` makes an account for it"
    )]
    NoAccount,
    /// No place for servers or caches.
    #[error("no writable folder for {what} among {candidates}; set {variable} to one that has space")]
    NoPlace {
        /// What the folder is for.
        what: &'static str,
        /// The folders that were looked at.
        candidates: String,
        /// The variable that overrides them.
        variable: &'static str,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A blocking step was cut off because the runtime is shutting down.
    #[error("the step was cut off because the program is ending")]
    Interrupted,
}

impl ServersError {
    /// For `map_err` on file operations.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn reasons(tried: &[String]) -> String {
    if tried.is_empty() { String::new() } else { format!(" ({})", tried.join("; ")) }
}

fn commands(fixes: &[String; 3]) -> String {
    let [first, second, third] = fixes;
    format!("`{first}`, `{second}` or `{third}`")
}
