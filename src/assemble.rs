//! The composition root: the only file that names concrete tools, model, store and persona together.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use dbwright_contract::{Effect, Redactor, Toolbox};
use dbwright_memory::{
    Door, MemorySave, MemorySearch, NewSession, Origin as MemoryOrigin, Scope, Store, StoreUrl, new_id,
};
use dbwright_postgres::{
    AdviseIndexes, ApplyChange, CheckHealth, Database, Databases, Describe, Explain, Maintain, Psql, TuneStatement,
    Workload, permit,
};
use dbwright_redis::{AnalyzeKeyspace, Redis, RedisCli};
use dbwright_workspace::{Bash, Edit, Glob, Grep, Read, SandboxOptions, Workspace, Write};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{
    agent::{Approver, Driver, Journal, Limits, PermissionMode, Session, SessionParts, StoreJournal, replay},
    cli::Global,
    config::{Layer, Layers, Origin, Paths, Settings, policy_rules},
    exit::Exit,
    model::{Choice, Model, OpenAi, Playbook, resolve},
    persona::Persona,
    secrets::known_secrets,
    skills::Skills,
    targets::{self, Targets},
    tools::{Escalate, LearnChanges, LintMigration, LoadSkill, ScanCode},
};

/// The frame of the system prompt after the persona.
const ENVIRONMENT: &str = include_str!("../prompts/system/environment.md");

/// Everything that a surface needs, wired.
pub struct Specialist {
    /// Effective settings.
    pub settings: Settings,
    /// The layers behind them, for `config show`.
    pub layers: Layers,
    /// Folders of this machine.
    pub paths: Paths,
    /// The repository.
    pub project: PathBuf,
    /// The databases.
    pub databases: Databases,
    /// The Redis server that the tools use: the first one.
    pub redis: Option<Redis>,
    /// State.
    pub store: Store,
    /// Who the specialist is.
    pub persona: Persona,
    /// What it can load.
    pub skills: Arc<Skills>,
    /// Every tool that the persona allows.
    pub toolbox: Toolbox,
    /// What answers.
    pub driver: Driver,
    /// Knows every secret of the run.
    pub redactor: Redactor,
    /// What people should know about how it was put together, one line each.
    pub notices: Vec<String>,
    workspace: Workspace,
    sandbox: SandboxOptions,
}

/// A new session's particulars.
pub struct Opening<'a> {
    /// The way in.
    pub door: Door,
    /// A line for lists.
    pub title: &'a str,
    /// Who answers questions.
    pub approver: Arc<dyn Approver>,
    /// What it may spend.
    pub limits: Limits,
    /// Schema that the answer must follow.
    pub output_schema: Option<Value>,
}

/// The configured layers of a run.
///
/// # Errors
/// When a settings file is broken.
pub fn layers(global: &Global, env: &HashMap<String, String>) -> Result<(Layers, Paths, PathBuf), Exit> {
    let paths = Paths::from_env(env);
    let project = match &global.path {
        Some(path) => path.clone(),
        None => std::env::current_dir()
            .map_err(|error| Exit::Failed(format!("the current folder cannot be used ({error}): pass --path DIR")))?,
    };
    let mut flags = Vec::new();
    if let Some(state) = &global.state {
        flags.push(Layer::single(Origin::Flag("--state"), "state.url", state.as_str()));
    }
    let layers = Layers::load(&paths, &project, global.config.as_deref(), env, flags)?;
    Ok((layers, paths, project))
}

/// The databases and Redis server that the options name.
///
/// # Errors
/// When a name is unknown or a URL cannot be read.
pub fn servers(
    global: &Global,
    env: &HashMap<String, String>,
    settings: &Settings,
) -> Result<(Targets, Databases, Option<Redis>), Exit> {
    let (db, redis) = (out_of_files(&global.db, "--db")?, out_of_files(&global.redis, "--redis")?);
    let targets = Targets::resolve(&db, &redis, env, settings)?;
    let project = global.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let rules = Arc::new(policy_rules(&Paths::from_env(env), &project)?);
    let databases = targets
        .databases
        .iter()
        .cloned()
        .map(|config| Database::governed(config, Arc::clone(&rules)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Exit::Usage(error.to_string()))?;
    let databases = Databases::new(databases);
    let redis = match targets.redis.first() {
        Some(config) => Some(Redis::new(config.clone()).map_err(|error| Exit::Usage(error.to_string()))?),
        None => None,
    };
    Ok((targets, databases, redis))
}

/// Options as they are meant: `@FILE` stands for the first line of a file, where a URL with a
/// password is no business of the list of processes.
fn out_of_files(values: &[String], flag: &str) -> Result<Vec<String>, Exit> {
    let read = |value: &String| {
        let Some(path) = value.strip_prefix('@') else { return Ok(value.clone()) };
        let text = std::fs::read_to_string(path).map_err(|error| Exit::Usage(format!("{flag} @{path}: {error}")))?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        line.map(str::to_owned).ok_or_else(|| Exit::Usage(format!("{flag} @{path}: the file holds no URL and no name")))
    };
    values.iter().map(read).collect()
}

impl Specialist {
    /// Puts everything together. Connects to nothing yet, except the state store.
    ///
    /// # Errors
    /// When settings, persona or targets cannot be used.
    pub async fn assemble(global: &Global, env: &HashMap<String, String>) -> Result<Self, Exit> {
        let (layers, paths, project) = layers(global, env)?;
        let settings = layers.settings()?;
        let (targets, databases, redis) = servers(global, env, &settings)?;
        let mut notices = Vec::new();
        for other in targets.redis.iter().skip(1) {
            notices.push(format!("Redis {} is not looked at in this run: one server at a time", other.name));
        }
        let persona = match &global.persona {
            Some(path) => Persona::load(path)?,
            None => Persona::embedded()?,
        };
        notices.extend(persona.warnings.iter().cloned());
        let (choice, redactor) = choose(global, env, &settings, &persona, &targets)?;
        let store = open_store(&settings, &paths, redactor.clone(), &mut notices).await?;
        let skills = Arc::new(Skills::load(
            &[project.join(".dbwright/skills"), project.join(".claude/skills")],
            &[paths.user_config.with_file_name("skills")],
        ));
        notices.extend(skills.warnings.iter().cloned());
        let workspace = Workspace::new(&project)
            .map_err(|error| Exit::Usage(format!("{}: {error}; pass --path DIR", project.display())))?;
        let sandbox = SandboxOptions {
            read_only: global.persona.iter().cloned().collect(),
            sealed: vec![paths.home.clone()],
            ..SandboxOptions::default()
        };
        let playbook: Arc<dyn Model> = Arc::new(Playbook::new());
        let driver = match choice {
            Choice::Playbook { reason } => {
                notices.push(reason);
                Driver::only(playbook)
            }
            Choice::Endpoint(endpoint) => {
                let idle = std::time::Duration::from_secs(settings.model.idle_timeout_s);
                match OpenAi::connect(&endpoint, idle).await {
                    Ok(model) => {
                        notices.push(endpoint.reason.clone());
                        let model = model.with_output_limit(settings.model.max_output_tokens);
                        Driver { model: Arc::new(model), fallback: Some(playbook) }
                    }
                    // The work goes on without the model, as it would if the model failed later.
                    Err(error) if error.is_retryable() => {
                        notices.push(format!("{error}; the playbook answers in this run"));
                        Driver::only(playbook)
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let mut specialist = Self {
            toolbox: Toolbox::new(),
            settings,
            layers,
            paths,
            project,
            databases,
            redis,
            store,
            persona,
            skills,
            driver,
            redactor,
            notices,
            workspace,
            sandbox,
        };
        specialist.toolbox = specialist.tools().await;
        Ok(specialist)
    }

    async fn tools(&self) -> Toolbox {
        let databases = || self.databases.clone();
        let workspace = || self.workspace.clone();
        let mut tools = Toolbox::new();
        if !self.databases.is_empty() {
            tools = tools
                .with(CheckHealth::new(databases()).thresholds(self.settings.thresholds()))
                .with(Workload::new(databases()))
                .with(Explain::new(databases()))
                .with(Describe::new(databases()))
                .with(
                    AdviseIndexes::new(databases())
                        .copies(self.settings.review.copy_rows)
                        .settings((&self.settings.advise).into()),
                )
                .with(TuneStatement::new(databases()).copies(self.settings.review.copy_rows))
                .with(Psql::new(databases()));
        }
        if let Some(redis) = &self.redis {
            tools = tools.with(AnalyzeKeyspace::new(redis.clone())).with(RedisCli::new(redis.clone()));
        }
        tools = tools
            .with(LintMigration::new(workspace(), databases()))
            .with(ScanCode::new(workspace()))
            .with(Read::new(workspace()))
            .with(Edit::new(workspace()))
            .with(Write::new(workspace()))
            .with(Grep::new(workspace()))
            .with(Glob::new(workspace()));
        // Not offered where nothing can confine it; the system prompt says so.
        if self.persona.allows("Bash")
            && let Ok(bash) = Bash::detect_with(self.sandbox.clone(), &self.workspace).await
        {
            tools = tools.with(bash);
        }
        let origin = self.origin().await;
        // Not offered where no database's configuration permits it.
        let permitted = |effect| self.databases.iter().any(|database| permit(database.config(), effect).is_ok());
        if permitted(Effect::Maintain) {
            tools = tools.with(Maintain::new(databases()));
        }
        if permitted(Effect::Change) {
            let memory =
                LearnChanges::new(self.store.clone(), databases(), origin.scope.project.clone(), origin.agent.clone());
            tools = tools.with(ApplyChange::new(databases()).remembering(Arc::new(memory)));
        }
        tools
            .with(MemorySearch::new(self.store.clone(), origin.clone()))
            .with(MemorySave::new(self.store.clone(), origin))
            .with(LoadSkill::new(Arc::clone(&self.skills)))
            .with(Escalate)
            .filtered(|name| self.persona.allows(name))
    }

    /// Where learnings of this run belong. A database that cannot be asked who it is goes by its
    /// name: memory must work best when the database is in trouble.
    async fn origin(&self) -> MemoryOrigin {
        let mut scope = Scope { project: Some(self.project.display().to_string()), ..Scope::default() };
        let mut server_version = None;
        if let Some(database) = self.databases.iter().next() {
            match database.identity().await {
                Ok(identity) => {
                    scope.db_fingerprint = Some(identity.key());
                    server_version = Some(identity.version.clone());
                }
                Err(_) => scope.db_fingerprint = Some(database.name().to_owned()),
            }
        }
        MemoryOrigin { scope, agent: self.driver.model.name().to_owned(), server_version }
    }

    /// The same specialist with other servers: what a scheduled review of some targets works with.
    pub async fn narrowed(&self, databases: Databases, redis: Option<Redis>) -> Self {
        let mut narrowed = Self {
            toolbox: Toolbox::new(),
            settings: self.settings.clone(),
            layers: self.layers.clone(),
            paths: self.paths.clone(),
            project: self.project.clone(),
            databases,
            redis,
            store: self.store.clone(),
            persona: self.persona.clone(),
            skills: Arc::clone(&self.skills),
            driver: self.driver.clone(),
            redactor: self.redactor.clone(),
            notices: Vec::new(),
            workspace: self.workspace.clone(),
            sandbox: self.sandbox.clone(),
        };
        narrowed.toolbox = narrowed.tools().await;
        narrowed
    }

    /// The playbook alone: what slash commands and scheduled reviews use.
    pub fn playbook(&self) -> Driver {
        Driver::only(Arc::new(Playbook::new()))
    }

    /// The repository's files.
    pub const fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The limits that the settings and the persona give.
    pub fn limits(&self) -> Limits {
        let limits = Limits::from(self.settings.limits);
        Limits { steps: self.persona.max_turns.unwrap_or(limits.steps), ..limits }
    }

    fn parts(&self, id: &str, opening: &Opening<'_>) -> SessionParts {
        // Nobody watches a review: it changes nothing, whatever the persona's mode would allow, and
        // what could change something is not even on offer.
        let unattended = opening.door == Door::Review;
        let mode = self.settings.permission_mode.unwrap_or(self.persona.permission_mode);
        SessionParts {
            id: id.to_owned(),
            system: self.system_prompt(),
            toolbox: if unattended { self.toolbox.up_to(Effect::Rehearse) } else { self.toolbox.clone() },
            journal: Arc::new(StoreJournal::new(self.store.clone())) as Arc<dyn Journal>,
            approver: Arc::clone(&opening.approver),
            mode: if unattended { PermissionMode::Plan } else { mode },
            limits: opening.limits,
            redactor: self.redactor.clone(),
            target: self.servers(),
        }
    }

    /// The servers of the tools, so that an approval for one is none for another.
    fn servers(&self) -> String {
        let databases = self.databases.iter().map(|database| format!("{} at {}", database.name(), database.endpoint()));
        let redis = self.redis.iter().map(|redis| format!("{} at {}", redis.name(), redis.address()));
        let project = std::iter::once(self.project.display().to_string());
        databases.chain(redis).chain(project).collect::<Vec<_>>().join(", ")
    }

    /// A new session, on record in the store.
    ///
    /// # Errors
    /// When the store cannot record it.
    pub async fn open(&self, opening: Opening<'_>) -> Result<Session, Exit> {
        self.open_as(&new_id(), opening).await
    }

    /// A new session under a name of the caller's.
    ///
    /// # Errors
    /// When the store cannot record it, or has that name already.
    pub async fn open_as(&self, id: &str, opening: Opening<'_>) -> Result<Session, Exit> {
        let session = NewSession {
            model: Some(self.driver.model.name().to_owned()),
            persona: Some(self.persona.name.clone()),
            cwd: Some(self.project.display().to_string()),
            target: self.databases.iter().next().map(|database| database.name().to_owned()),
            ..NewSession::new(id, self.redactor.redact(opening.title), opening.door)
        };
        self.store.create_session(&session).await?;
        Ok(Session::new(self.parts(id, &opening)).answering(opening.output_schema))
    }

    /// Whether the store has a session of exactly this id.
    pub async fn knows(&self, id: &str) -> bool {
        self.store.session(id).await.is_ok_and(|record| record.id == id)
    }

    /// A session taken up where its journal ends.
    ///
    /// # Errors
    /// When there is none with that id (or beginning of an id), another process works in it, or it
    /// cannot be read.
    pub async fn resume(&self, id: &str, opening: Opening<'_>) -> Result<Session, Exit> {
        let record = self.store.session(id).await?;
        self.store.adopt_session(&record.id).await?;
        let entries = StoreJournal::new(self.store.clone()).entries(&record.id).await?;
        Ok(Session::new(self.parts(&record.id, &opening)).resumed(replay(entries)).answering(opening.output_schema))
    }

    /// Persona, then what is true here: stable for a session, so that endpoints can cache it.
    fn system_prompt(&self) -> String {
        let databases: Vec<String> = self
            .databases
            .iter()
            .map(|database| {
                format!("{} ({:?}, {:?} access)", database.name(), database.environment(), database.access())
                    .to_lowercase()
            })
            .collect();
        let or_none = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let mut environment = format!(
            "- databases: {}\n- Redis: {}\n- workspace: the project's repository; paths are relative to it",
            or_none(databases),
            self.redis.as_ref().map_or("none", Redis::name),
        );
        if self.toolbox.get("Bash").is_none() {
            environment.push_str("\n- no shell: no sandbox is available here");
        }
        let skills: Vec<&str> = self.skills.iter().map(|skill| skill.name.as_str()).collect();
        let frame = ENVIRONMENT.replace("{environment}", &environment).replace("{skills}", &skills.join(", "));
        format!("{}\n\n{frame}", self.persona.body)
    }
}

fn choose(
    global: &Global,
    env: &HashMap<String, String>,
    settings: &Settings,
    persona: &Persona,
    targets: &Targets,
) -> Result<(Choice, Redactor), Exit> {
    let choice = resolve(
        env,
        settings.model.endpoint.as_deref(),
        global.model.as_deref(),
        persona.model.as_deref(),
        settings.model.name.as_deref(),
    )?;
    let mut secrets = targets::secrets(targets);
    if let Choice::Endpoint(endpoint) = &choice {
        secrets.extend(endpoint.key.clone());
    }
    secrets.extend(settings.serve.token.clone());
    let redactor = secrets.into_iter().fold(known_secrets(global, env), Redactor::knows);
    Ok((choice, redactor))
}

/// The configured store; where no state can be kept in the default place, one that lasts as long
/// as the process, with a notice. A place that was named explicitly must work.
async fn open_store(
    settings: &Settings,
    paths: &Paths,
    redactor: Redactor,
    notices: &mut Vec<String>,
) -> Result<Store, Exit> {
    if let Some(url) = &settings.state.url {
        let url: StoreUrl = url.expose_secret().parse()?;
        return Ok(Store::open(&url, redactor).await?);
    }
    match Store::open(&StoreUrl::from(default_state(&paths.home)), redactor).await {
        Ok(store) => Ok(store),
        Err(error) => {
            notices.push(format!("{error}; this run keeps its journal and learnings in memory only"));
            Ok(Store::in_memory().await?)
        }
    }
}

fn default_state(home: &Path) -> PathBuf {
    home.join("state.db")
}
