//! The demo as a whole: servers of our own with the shop in them, and the sessions that are part
//! of its troubles.

use std::path::PathBuf;

use dbwright_postgres::ScriptSession;
use dbwright_redis::{Redis as RedisHandle, RedisConfig};
use dbwright_servers::{
    Detached, InstallPolicy, Postgres, PostgresOptions, Progress, Redis, RedisOptions, ServersError, ensure_postgres,
    ensure_redis,
};
use secrecy::{ExposeSecret, SecretString};

use super::{DemoError, database, keyspace, repository, reviewer, step::Step, workload};
use crate::password;

/// The shop's database.
pub const DATABASE: &str = "shop";

/// The role of the shop's application.
const APPLICATION_ROLE: &str = "shop_app";

/// How the demo is set up.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// What may be installed when a server is missing.
    pub policy: InstallPolicy,
    /// Where the shop's repository is written.
    pub repository: PathBuf,
}

/// The running demo. Dropping it ends the servers and removes their folders.
#[derive(Debug)]
pub struct Demo {
    /// The shop's database, as a role that can only read.
    pub database_url: String,
    /// The shop's database, as its owner.
    pub owner_url: String,
    /// The shop's Redis, as a user that can only read; unless there is none.
    pub redis_url: Option<String>,
    /// The shop's migrations and code.
    pub repository: PathBuf,
    /// What the demo has to do without, one sentence each.
    pub notices: Vec<String>,
    // Before the servers: a session ends before what it is connected to.
    forgotten: ScriptSession,
    postgres: Postgres,
    redis: Option<Redis>,
}

impl Demo {
    /// Starts the servers, fills them and lets the shop work for a few seconds.
    ///
    /// Without Redis the demo goes on, and says so in [`Demo::notices`].
    ///
    /// # Errors
    /// When PostgreSQL cannot be had, or something cannot be filled or written.
    pub async fn start(options: DemoOptions, progress: &mut dyn Progress) -> Result<Self, DemoError> {
        repository::write(&options.repository)?;
        let binaries = ensure_postgres(options.policy.clone(), progress).await?;
        let step = Step::start("starting PostgreSQL", progress);
        let postgres = Postgres::start(&binaries, postgres_options()).await?;
        postgres.create_database(DATABASE).await?;
        step.done("", progress);

        let owner_url = postgres.url(DATABASE);
        database::load(&SecretString::from(owner_url.as_str()), progress).await?;
        let step = Step::start("a role that can only read", progress);
        reviewer::on_postgres(&owner_url, DATABASE).await?;
        step.done("", progress);

        let mut notices = Vec::new();
        let redis = match redis(options.policy, progress).await {
            Ok(ready) => Some(ready),
            Err(DemoError::Servers(error)) => {
                notices.push(format!("the demo goes on without Redis: {error}"));
                None
            }
            Err(other) => return Err(other),
        };

        let step = Step::start("a busy minute of the shop", progress);
        let application = SecretString::from(postgres.url_as(APPLICATION_ROLE, DATABASE));
        let forgotten = workload::forget_transaction(&application).await?;
        workload::run(&application).await?;
        step.done("", progress);

        let (redis, redis_url) = redis.map_or((None, None), |(redis, url)| (Some(redis), Some(url)));
        Ok(Self {
            database_url: postgres.url_as(reviewer::NAME, DATABASE),
            owner_url,
            redis_url,
            repository: options.repository,
            notices,
            forgotten,
            postgres,
            redis,
        })
    }

    /// Ends everything; returns when the servers and their folders are gone.
    ///
    /// # Errors
    /// When a server does not stop.
    pub async fn stop(self) -> Result<(), DemoError> {
        self.forgotten.close().await;
        let redis = match self.redis {
            Some(redis) => redis.stop().await,
            None => Ok(()),
        };
        self.postgres.stop().await?;
        Ok(redis?)
    }

    /// Lets the servers go on after this process. The session that forgot its transaction belongs
    /// to this process and ends with it, and the transaction with the session.
    ///
    /// # Errors
    /// When a server's record cannot be written.
    pub fn keep(self) -> Result<Vec<Detached>, ServersError> {
        let mut kept = vec![self.postgres.detach()?];
        if let Some(redis) = self.redis {
            kept.push(redis.detach()?);
        }
        Ok(kept)
    }
}

/// Settings of a small production server rather than of a test.
fn postgres_options() -> PostgresOptions {
    PostgresOptions { durable: true, autovacuum: true, ..PostgresOptions::default() }
        .setting("shared_buffers", "256MB")
        .setting("max_wal_size", "4GB")
        .setting("random_page_cost", "1.1")
        .setting("log_lock_waits", "on")
        .setting("log_checkpoints", "on")
        .setting("log_temp_files", "10MB")
        // What the demo shows must not depend on the minute in which it is looked at.
        .setting("autovacuum_naptime", "10min")
}

/// The server, and the URL of the user that looks at it.
async fn redis(policy: InstallPolicy, progress: &mut dyn Progress) -> Result<(Redis, String), DemoError> {
    let binaries = ensure_redis(policy, progress).await?;
    let step = Step::start("starting Redis", progress);
    let options = RedisOptions::default().setting("appendonly", "yes").setting("maxmemory-policy", "noeviction");
    let redis = Redis::start(&binaries, options).await?;
    step.done("", progress);

    let step = Step::start("50,000 keys", progress);
    let owner = RedisHandle::new(RedisConfig::new("demo", redis.url()))?;
    let keys = keyspace::load(&owner).await?;
    step.done(&format!("{keys} keys"), progress);
    let password = password::generate().map_err(DemoError::Password)?;
    reviewer::on_redis(&owner, &password).await?;
    let url = format!("{}?user={}&pass={}", redis.url(), reviewer::NAME, password.expose_secret());
    Ok((redis, url))
}
