//! One database: its configuration, its connections, its identity.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_policy::data::RuleSet;
use tokio::{sync::OnceCell, task::JoinHandle};

use crate::{
    DatabaseConfig, Environment, Identity, PgError, Probe, ProbeLimits, config::Access, connect::Target, pool::Pool,
};

/// A handle on one configured database. Cheap to clone; connects when first used.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    config: DatabaseConfig,
    rules: Arc<RuleSet>,
    target: Target,
    pool: Pool,
    identity: OnceCell<Identity>,
    cancels: Mutex<Vec<JoinHandle<()>>>,
}

/// How long an interrupted caller waits for the server to confirm that the work has stopped.
const SETTLE: Duration = Duration::from_secs(1);

impl Database {
    /// A handle; does not connect.
    ///
    /// # Errors
    /// [`PgError::Url`] when the URL cannot be read.
    pub fn new(config: DatabaseConfig) -> Result<Self, PgError> {
        Self::governed(config, Arc::default())
    }

    /// A handle whose guarded statements these rules concern too; does not connect.
    ///
    /// # Errors
    /// [`PgError::Url`] when the URL cannot be read.
    pub fn governed(config: DatabaseConfig, rules: Arc<RuleSet>) -> Result<Self, PgError> {
        let target = Target::parse(&config.url)?;
        let pool = Pool::new(target.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                rules,
                target,
                pool,
                identity: OnceCell::new(),
                cancels: Mutex::default(),
            }),
        })
    }

    /// The configured name.
    pub fn name(&self) -> &str {
        &self.inner.config.name
    }

    /// Where it stands.
    pub fn environment(&self) -> Environment {
        self.inner.config.environment
    }

    /// The most that is allowed.
    pub fn access(&self) -> Access {
        self.inner.config.access
    }

    /// The configuration, URL included (a secret).
    pub fn config(&self) -> &DatabaseConfig {
        &self.inner.config
    }

    /// `host:port/database as user`, without secrets.
    pub fn endpoint(&self) -> &str {
        self.inner.target.endpoint()
    }

    /// What the server says about itself; asked once.
    ///
    /// # Errors
    /// Fails when the server cannot be reached; asked again the next time.
    pub async fn identity(&self) -> Result<&Identity, PgError> {
        self.inner
            .identity
            .get_or_try_init(|| async {
                let mut probe = self.probe().await?;
                let identity = Identity::read(&mut probe).await?;
                probe.finish().await;
                Ok(identity)
            })
            .await
    }

    /// Opens a read-only transaction for SQL of our own, with the default limits.
    ///
    /// # Errors
    /// [`PgError::Unreachable`] when there is no connection.
    pub async fn probe(&self) -> Result<Probe, PgError> {
        self.probe_with(ProbeLimits::default()).await
    }

    /// Opens a read-only transaction for SQL of our own.
    ///
    /// # Errors
    /// [`PgError::Unreachable`] when there is no connection.
    pub async fn probe_with(&self, limits: ProbeLimits) -> Result<Probe, PgError> {
        Probe::begin(self, limits).await
    }

    pub(crate) fn rules(&self) -> &RuleSet {
        &self.inner.rules
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.inner.pool
    }

    pub(crate) fn target(&self) -> &Target {
        &self.inner.target
    }

    /// Remembers a cancellation that runs in the background, so that a caller can wait for it.
    pub(crate) fn remember_cancel(&self, cancel: JoinHandle<()>) {
        let mut cancels = self.inner.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        cancels.retain(|known| !known.is_finished());
        cancels.push(cancel);
    }

    /// Waits until every server-side statement that was given up is cancelled, at most a second.
    pub async fn settle(&self) {
        let cancels = std::mem::take(&mut *self.inner.cancels.lock().unwrap_or_else(PoisonError::into_inner));
        // A cancellation that takes longer is left to the server's own statement timeout.
        let _ = tokio::time::timeout(SETTLE, futures_util::future::join_all(cancels)).await;
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.name())
            .field("endpoint", &self.endpoint())
            .finish_non_exhaustive()
    }
}

/// Runs probes until they are done or the call is cancelled; then the open statements are
/// cancelled on the server before this returns.
///
/// # Errors
/// [`ToolError::Cancelled`], or what `work` failed with.
pub async fn until_cancelled<T, E: Into<ToolError>>(
    database: &Database,
    cx: &CallCx,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, ToolError> {
    let outcome = tokio::select! {
        biased;
        () = cx.cancel.cancelled() => None,
        outcome = work => Some(outcome),
    };
    match outcome {
        Some(outcome) => outcome.map_err(Into::into),
        None => {
            // `work` is dropped by now; its probes have ordered their cancellation.
            database.settle().await;
            Err(ToolError::Cancelled)
        }
    }
}
