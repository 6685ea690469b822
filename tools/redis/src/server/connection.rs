//! A handle on one server: connections by database, deadlines, errors in our words.

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, Pipeline, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{Access, RedisConfig, fault::Fault};
use crate::RedisError;

const CONNECT: Duration = Duration::from_secs(4);
pub(crate) const ANSWER: Duration = Duration::from_secs(10);

/// A server that can be asked. Cheap to clone; connects when first used and again after a loss.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

struct Inner {
    config: RedisConfig,
    info: redis::ConnectionInfo,
    address: String,
    connections: Mutex<HashMap<u32, MultiplexedConnection>>,
}

/// One command: its name and arguments as bytes.
pub(crate) type Argv = Vec<Vec<u8>>;

/// A command from text parts.
pub(crate) fn argv<I, A>(parts: I) -> Argv
where
    I: IntoIterator<Item = A>,
    A: AsRef<[u8]>,
{
    parts.into_iter().map(|part| part.as_ref().to_vec()).collect()
}

impl Redis {
    /// A handle; nothing is sent before the first command.
    ///
    /// # Errors
    /// [`RedisError::Url`] when the connection string cannot be used.
    pub fn new(config: RedisConfig) -> Result<Self, RedisError> {
        let info = config.url.expose_secret().into_connection_info().map_err(|error| RedisError::Url {
            server: config.name.clone(),
            // The library's text for a bad URL never quotes the URL itself.
            reason: error.to_string().to_lowercase(),
        })?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
            ConnectionAddr::Unix(path) => path.display().to_string(),
            other => other.to_string(),
        };
        Ok(Self { inner: Arc::new(Inner { config, info, address, connections: Mutex::default() }) })
    }

    /// The same server as another user.
    #[must_use]
    pub fn as_user(&self, user: &str, password: &SecretString) -> Self {
        let settings =
            self.inner.info.redis_settings().clone().set_username(user).set_password(password.expose_secret());
        let inner = Inner {
            config: self.inner.config.clone(),
            info: self.inner.info.clone().set_redis_settings(settings),
            address: self.inner.address.clone(),
            connections: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The configured name.
    pub fn name(&self) -> &str {
        &self.inner.config.name
    }

    /// Host and port, or socket path; without credentials.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// What may be done to it.
    pub fn access(&self) -> Access {
        self.inner.config.access
    }

    /// The database in the connection string.
    pub fn default_database(&self) -> u32 {
        u32::try_from(self.inner.info.redis_settings().db()).unwrap_or(0)
    }

    /// Whether the connection string carries no password.
    pub(crate) fn is_without_password(&self) -> bool {
        self.inner.info.redis_settings().password().is_none()
    }

    /// Whether the server is reached over a network other than this machine's own.
    pub(crate) fn is_remote(&self) -> bool {
        match self.inner.info.addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => {
                !(host == "localhost" || host.starts_with("127.") || host == "::1")
            }
            _ => false,
        }
    }

    /// The name of the user that we are.
    pub(crate) fn user(&self) -> &str {
        self.inner.info.redis_settings().username().unwrap_or("default")
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// What keeps the server from answering.
    pub async fn ping(&self) -> Result<(), RedisError> {
        match self.call(self.default_database(), &argv(["PING"])).await {
            // Whoever may not PING has still been let in.
            Ok(_) | Err(RedisError::Permission { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends one command. Nothing is judged here: callers send only what the allowlist lets pass
    /// or what they have written themselves.
    pub(crate) async fn call(&self, database: u32, command: &Argv) -> Result<Value, RedisError> {
        let replies = self.pipeline(database, std::slice::from_ref(command)).await?;
        replies.into_iter().next().unwrap_or(Ok(Value::Nil))
    }

    /// Sends several commands at once; each has its own answer.
    pub(crate) async fn pipeline(
        &self,
        database: u32,
        commands: &[Argv],
    ) -> Result<Vec<Result<Value, RedisError>>, RedisError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection(database).await?;
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            let mut parts = command.iter();
            let mut packed = redis::Cmd::new();
            if let Some(name) = parts.next() {
                packed.arg(name);
            }
            for part in parts {
                packed.arg(part);
            }
            pipeline.add_command(packed);
        }
        pipeline.ignore_errors();
        let first = commands.first().map(name_of).unwrap_or_default();
        let replies = match connection.req_packed_commands(&pipeline, 0, commands.len()).await {
            Ok(replies) => replies,
            Err(error) => {
                // The state of a connection after a failure is unknown: the next call gets a new one.
                self.inner.connections.lock().await.remove(&database);
                return Err(self.fault(&first).of(&error));
            }
        };
        let answers = commands.iter().zip(replies).map(|(command, reply)| match reply {
            Value::ServerError(error) => Err(self.fault(&name_of(command)).of_server(&error)),
            value => Ok(value),
        });
        Ok(answers.collect())
    }

    async fn connection(&self, database: u32) -> Result<MultiplexedConnection, RedisError> {
        let mut connections = self.inner.connections.lock().await;
        if let Some(open) = connections.get(&database) {
            return Ok(open.clone());
        }
        let settings = self.inner.info.redis_settings().clone().set_db(i64::from(database));
        let info = self.inner.info.clone().set_redis_settings(settings);
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(ANSWER));
        let fault = self.fault("connect");
        let client = Client::open(info).map_err(|error| fault.of(&error))?;
        let open =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(|error| fault.of(&error))?;
        connections.insert(database, open.clone());
        Ok(open)
    }

    fn fault<'a>(&'a self, command: &'a str) -> Fault<'a> {
        Fault { server: self.name(), address: self.address(), user: self.user(), command }
    }
}

/// The command's name, with its subcommand where the pair is one command.
pub(crate) fn name_of(command: &Argv) -> String {
    let word = |at: usize| command.get(at).map(|word| String::from_utf8_lossy(word).to_uppercase());
    let name = word(0).unwrap_or_default();
    match word(1) {
        Some(sub) if dbwright_policy::redis::is_container(&name) => format!("{name} {sub}"),
        _ => name,
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({} at {})", self.name(), self.address())
    }
}
