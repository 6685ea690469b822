//! What engine commands work with: settings, servers, files. Connects to nothing by itself.

use std::{collections::HashMap, path::PathBuf};

use dbwright_contract::{CallCx, Redactor, Tool, ToolError};
use dbwright_memory::{Store, StoreError, StoreUrl};
use dbwright_postgres::{Database, Databases};
use dbwright_redis::Redis;
use dbwright_workspace::Workspace;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    assemble::{layers, servers},
    cli::{Format, Global},
    config::{Paths, Settings},
    exit::Exit,
    surface::{console::Console, findings},
    targets,
};

/// The parts of a run, resolved.
pub(super) struct Bench<'a> {
    /// The options.
    pub(super) global: &'a Global,
    /// Where data and talk go.
    pub(super) console: &'a Console,
    /// Cancelled when somebody interrupts.
    pub(super) cancel: &'a CancellationToken,
    /// Effective settings.
    pub(super) settings: Settings,
    /// Folders of this machine.
    pub(super) paths: Paths,
    /// The repository.
    pub(super) project: PathBuf,
    /// The databases.
    pub(super) databases: Databases,
    /// The Redis server.
    pub(super) redis: Option<Redis>,
    redactor: Redactor,
}

impl<'a> Bench<'a> {
    /// Resolves options, environment and settings.
    pub(super) fn new(
        global: &'a Global,
        env: &HashMap<String, String>,
        console: &'a Console,
        cancel: &'a CancellationToken,
    ) -> Result<Self, Exit> {
        let (layers, paths, project) = layers(global, env)?;
        let settings = layers.settings()?;
        let (targets, databases, redis) = servers(global, env, &settings)?;
        let redactor = targets::secrets(&targets).into_iter().fold(Redactor::new(), Redactor::knows);
        Ok(Self { global, console, cancel, settings, paths, project, databases, redis, redactor })
    }

    /// The databases, at least one.
    pub(super) fn databases(&self) -> Result<&Databases, Exit> {
        match self.databases.get(None) {
            // The tools' own words for it, with the exit code of configuration.
            Err(ToolError::Unavailable(text)) => Err(Exit::Usage(text)),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(&self.databases),
        }
    }

    /// The first database, where there is one.
    pub(super) fn database(&self) -> Option<&Database> {
        self.databases.iter().next()
    }

    /// The Redis server.
    pub(super) fn redis(&self) -> Result<&Redis, Exit> {
        self.redis.as_ref().ok_or_else(|| {
            Exit::Usage(
                "no Redis server is configured: pass --redis URL, set REDIS_URL, or add one to the config".to_owned(),
            )
        })
    }

    /// The repository's files.
    pub(super) fn workspace(&self) -> Result<Workspace, Exit> {
        Workspace::new(&self.project).map_err(|error| Exit::Usage(format!("{error}; pass --path DIR")))
    }

    /// The state store, in the place that is set.
    pub(super) async fn store(&self) -> Result<Store, Exit> {
        let url = match &self.settings.state.url {
            Some(url) => url.expose_secret().parse().map_err(|error: StoreError| Exit::Usage(error.to_string()))?,
            None => StoreUrl::from(self.paths.home.join("state.db")),
        };
        Ok(Store::open(&url, self.redactor.clone()).await?)
    }

    /// Runs a tool; what it says about its progress goes to standard error.
    pub(super) async fn call<T: Tool>(&self, tool: &T, args: T::Args) -> Result<T::Output, ToolError> {
        let (sender, mut progress) = mpsc::unbounded_channel();
        let cx = CallCx::new("cli", "cli", self.cancel.clone(), Some(sender));
        let work = async move {
            let outcome = tool.call(&cx, args).await;
            drop(cx);
            outcome
        };
        let talk = async {
            while let Some(step) = progress.recv().await {
                self.console.say(self.console.talk_style().dim(&format!("· {}", step.message)));
            }
        };
        tokio::join!(work, talk).0
    }

    /// The format that was asked for, if `command` knows it.
    pub(super) fn format(&self, command: &str, known: &[Format]) -> Result<Format, Exit> {
        findings::format_of(self.global, command, known)
    }

    /// Writes a document to where it was asked for.
    pub(super) fn deliver(&self, document: &str) -> Result<(), Exit> {
        Ok(self.console.deliver(self.global.output.as_deref(), document)?)
    }
}
