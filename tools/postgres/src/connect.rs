//! From a URL to a connection, with errors that say where and what to do.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{PgError, mark::APPLICATION_NAME};

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A parsed URL: how to connect, and how to speak about it without its password.
#[derive(Clone)]
pub(crate) struct Target {
    options: PgConnectOptions,
    endpoint: String,
}

impl Target {
    /// Parses `postgres://user:password@host:port/database?host=/socket/dir`.
    pub(crate) fn parse(url: &SecretString) -> Result<Self, PgError> {
        let text = url.expose_secret();
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(PgError::Url("it does not start with postgres:// or postgresql://".to_owned()));
        }
        let options: PgConnectOptions = text.parse().map_err(|error: sqlx::Error| {
            // The parser's own words name positions and options, never the password.
            PgError::Url(match error {
                sqlx::Error::Configuration(reason) => reason.to_string(),
                _ => "it is not a valid connection URL".to_owned(),
            })
        })?;
        let options = options
            .application_name(APPLICATION_NAME)
            // Named prepared statements break behind a pooler in transaction mode.
            .statement_cache_capacity(0)
            // PgBouncer refuses start-up parameters that it does not know.
            .extra_float_digits(None)
            .disable_statement_logging();
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        let endpoint = format!("{host}:{}/{database} as {}", options.get_port(), options.get_username());
        Ok(Self { options, endpoint })
    }

    /// The same server and database as another role.
    pub(crate) fn as_role(&self, role: &str, password: Option<&SecretString>) -> Self {
        let options = self.options.clone().username(role);
        let options = match password {
            Some(password) => options.password(password.expose_secret()),
            None => options,
        };
        let place = self.endpoint.rsplit_once(" as ").map_or(self.endpoint.as_str(), |(place, _)| place);
        Self { options, endpoint: format!("{place} as {role}") }
    }

    /// `host:port/database as user`: for people, without any secret.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<PgConnection, PgError> {
        match tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&self.options)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(PgError::connecting(&self.endpoint, error)),
            Err(_) => Err(PgError::Unreachable {
                endpoint: self.endpoint.clone(),
                reason: format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
                hint: "check that host and port are right and that no firewall drops the packets".to_owned(),
            }),
        }
    }
}
