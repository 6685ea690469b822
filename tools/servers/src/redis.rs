//! A throwaway Redis server.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Detached, Kind, RedisBinaries, ServersError, Version,
    account::Account,
    run_dir::RunDir,
    server::{Program, Server, blocking},
    sweep,
};

/// How a throwaway Redis server is set up.
#[derive(Debug, Clone, Default)]
pub struct RedisOptions {
    /// Settings as in `redis.conf`; they win over ours. A value may have several words.
    pub settings: Vec<(String, String)>,
}

impl RedisOptions {
    /// Adds one setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// The configuration file, ours first: of two lines for one name the server takes the last.
    fn file(&self, dir: &RunDir) -> String {
        let mut file = format!(
            "port 0\nunixsocket {}\nunixsocketperm 700\ndir {}\nsave \"\"\nappendonly no\ndaemonize no\n",
            socket(dir).display(),
            dir.data().display(),
        );
        for (name, value) in &self.settings {
            let value = if value.is_empty() { "\"\"" } else { value };
            file.push_str(&format!("{name} {value}\n"));
        }
        file
    }
}

/// A running throwaway Redis server. Dropping it ends the server and removes its folder; so does
/// the end of this process, however it comes.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    version: Version,
}

impl Redis {
    /// Starts an empty server that saves nothing, and returns when it answers.
    pub async fn start(binaries: &RedisBinaries, options: RedisOptions) -> Result<Self, ServersError> {
        let binaries = binaries.clone();
        blocking(move || Self::start_blocking(&binaries, &options)).await
    }

    pub(crate) fn start_blocking(binaries: &RedisBinaries, options: &RedisOptions) -> Result<Self, ServersError> {
        let account = Account::detect()?;
        sweep::sweep(&account);
        let dir = RunDir::create(&account)?;
        let data = dir.data();
        fs::create_dir(&data).map_err(ServersError::io("create", &data))?;
        account.own(&data)?;
        let configuration = dir.path().join("redis.conf");
        fs::write(&configuration, options.file(&dir)).map_err(ServersError::io("write", &configuration))?;
        account.own(&configuration)?;
        let program = Program {
            path: &binaries.server,
            arguments: vec![configuration.display().to_string()],
            // A server that is busy with a script does not hear anything gentler.
            signal: "KILL",
        };
        let server = Server::start(dir, &account, program, &format!("Redis {}", binaries.version), answers)?;
        Ok(Self { server, version: binaries.version })
    }

    /// Connection string for the `redis` crate: `redis+unix://…`.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// The Unix socket, for `redis-cli -s`. Nothing listens on TCP.
    pub fn socket(&self) -> PathBuf {
        socket(self.server.dir())
    }

    /// Version of the running server.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The server's own folder: log and socket.
    pub fn dir(&self) -> &Path {
        self.server.dir().path()
    }

    /// Process id of the server.
    pub fn pid(&self) -> Option<u32> {
        self.server.dir().server_pid()
    }

    /// Ends the server and removes its folder; returns when both are gone.
    pub async fn stop(mut self) -> Result<(), ServersError> {
        blocking(move || self.server.stop()).await
    }

    /// Lets the server go on after this process, until [`Detached::stop`].
    pub fn detach(self) -> Result<Detached, ServersError> {
        let detached = Detached {
            kind: Kind::Redis,
            version: self.version.to_string(),
            url: self.url(),
            dir: self.dir().to_owned(),
        };
        detached.mark()?;
        self.server.leave();
        Ok(detached)
    }
}

fn socket(dir: &RunDir) -> PathBuf {
    dir.socket_dir().join("redis.sock")
}

fn answers(dir: &RunDir) -> bool {
    let ping = || -> std::io::Result<[u8; 7]> {
        let mut stream = UnixStream::connect(socket(dir))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"PING\r\n")?;
        let mut reply = [0; 7];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    };
    // A server with a password refuses the ping, which is an answer too.
    ping().is_ok_and(|reply| &reply == b"+PONG\r\n" || reply.starts_with(b"-NOAUTH"))
}
