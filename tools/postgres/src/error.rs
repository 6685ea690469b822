//! What can go wrong between us and a server, and how a tool reports it.

use std::{io::ErrorKind, time::Duration};

use dbwright_contract::ToolError;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

/// A failure of a connection or a statement. Never holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PgError {
    /// The URL cannot be read.
    #[error("the connection URL is wrong: {0}")]
    Url(String),
    /// No connection: refused, unknown, wrong password, TLS, no answer.
    #[error("{endpoint}: {reason}; {hint}")]
    Unreachable {
        /// `host:port/database as user`.
        endpoint: String,
        /// What the server or the network said.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The connection broke in the middle of work.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The server refused or failed a statement.
    #[error("{0}")]
    Server(Box<ServerError>),
    /// A limit of ours ended the statement.
    #[error("no result within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The turn was interrupted.
    #[error("cancelled")]
    Cancelled,
    /// An answer that we cannot read: a value of another type than expected, say.
    #[error("unexpected answer from the server: {0}")]
    Answer(String),
}

/// What the server said about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// SQLSTATE.
    pub code: String,
    /// The server's primary message.
    pub message: String,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// Position in the text that was sent: characters, from 1.
    pub position: Option<usize>,
    /// Where it happened (PL/pgSQL context).
    pub context: Option<String>,
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)?;
        if let Some(detail) = &self.detail {
            write!(f, "; detail: {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

impl From<&PgDatabaseError> for ServerError {
    fn from(error: &PgDatabaseError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position: match error.position() {
                Some(PgErrorPosition::Original(position)) => Some(position),
                Some(PgErrorPosition::Internal { .. }) | None => None,
            },
            context: error.r#where().map(str::to_owned),
        }
    }
}

impl PgError {
    /// The SQLSTATE, when the server spoke.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Server(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Whether a privilege was missing.
    pub fn is_privilege(&self) -> bool {
        self.code() == Some("42501")
    }

    /// Whether a lock could not be had in time.
    pub fn is_locked(&self) -> bool {
        self.code() == Some("55P03")
    }

    /// A failed attempt to connect.
    pub(crate) fn connecting(endpoint: &str, error: sqlx::Error) -> Self {
        let (reason, hint) = match &error {
            sqlx::Error::Io(io) => match io.kind() {
                ErrorKind::ConnectionRefused => (
                    "connection refused".to_owned(),
                    "check that the server runs and listens on this host and port (listen_addresses, port)",
                ),
                ErrorKind::NotFound => (
                    "the socket does not exist".to_owned(),
                    "check that the server runs and that host names its socket directory (unix_socket_directories)",
                ),
                ErrorKind::PermissionDenied => {
                    ("the socket may not be opened".to_owned(), "check the permissions of the socket directory")
                }
                _ => (io.to_string(), "check host name, port and network"),
            },
            sqlx::Error::Tls(tls) => (
                format!("TLS failed: {tls}"),
                "check sslmode in the URL (disable, prefer, require, verify-full) and sslrootcert",
            ),
            sqlx::Error::Database(database) => {
                let hint = match database.code().as_deref() {
                    Some("28P01") => "check user and password in the URL or ~/.pgpass",
                    Some("28000") => "check the user name and the server's pg_hba.conf for this host, database and TLS",
                    Some("3D000") => "check the database name in the URL (psql -l lists them)",
                    Some("53300") => "all connection slots are taken: end idle sessions or use a pooler",
                    Some("57P03") => "the server is starting, stopping or recovering: try again soon",
                    Some("42501") => "GRANT CONNECT ON DATABASE to this role",
                    _ => "check the URL and the server's log",
                };
                (database.message().to_owned(), hint)
            }
            sqlx::Error::Protocol(text) => {
                (format!("it does not speak the PostgreSQL protocol ({text})"), "check host and port")
            }
            other => (other.to_string(), "check the URL"),
        };
        Self::Unreachable { endpoint: endpoint.to_owned(), reason, hint: hint.to_owned() }
    }
}

impl From<sqlx::Error> for PgError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
                // The server ended the session: an administrator, a shutdown, an idle limit.
                Some(error) if error.code().starts_with("57P") || error.code() == "25P03" => {
                    Self::Lost(error.message().to_owned())
                }
                Some(error) => Self::Server(Box::new(error.into())),
                None => Self::Answer(database.to_string()),
            },
            sqlx::Error::Io(io) => Self::Lost(io.to_string()),
            sqlx::Error::Protocol(text) => Self::Lost(text),
            other => Self::Answer(other.to_string()),
        }
    }
}

impl From<PgError> for ToolError {
    fn from(error: PgError) -> Self {
        match error {
            PgError::Url(_) => Self::Arguments(error.to_string()),
            PgError::Unreachable { .. } | PgError::Lost(_) => Self::Unreachable(error.to_string()),
            PgError::Cancelled => Self::Cancelled,
            PgError::Timeout(_) => Self::Timeout(error.to_string()),
            PgError::Server(server) => match server.code.as_str() {
                "42501" => Self::Privilege(server.to_string()),
                "57014" => Self::Timeout(server.to_string()),
                "55P03" => Self::Timeout(format!("a lock is held by another session: {server}")),
                _ => Self::Failed(server.to_string()),
            },
            PgError::Answer(_) => Self::Failed(error.to_string()),
        }
    }
}
