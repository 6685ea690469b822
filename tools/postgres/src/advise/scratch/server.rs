//! The copy as a whole: made, asked, measured, thrown away.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::Measurement;
use dbwright_indexes::{
    Answer, Candidate, Catalog, PlanCost, Question, Run, Table, TableName, TrialQuestion, plain_create_statement,
};
use dbwright_servers::{Postgres, PostgresBinaries, PostgresOptions};
use dbwright_sql::{quote_ident, quote_literal};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{copy, definitions, sample::Sample, switch};
use crate::{
    Database, DatabaseConfig, GuardedSession, Limits, PgError,
    advise::{
        parameters::Planned,
        plan::{self, Plan},
    },
    connect::Target,
};

/// The role that owns the copy and runs everything on it.
const ROLE: &str = "dbwright_scratch";
/// Name of the copied database.
const DATABASE: &str = "scratch";
/// Prefix of candidates' names on the copy.
const PREFIX: &str = "dbwright_candidate_";
/// One execution may take this long.
const RUN_TIMEOUT: Duration = Duration::from_secs(5);
/// Executions that count, after one that warms the cache.
const RUNS: usize = 3;
/// After a first execution of this length, one more is enough.
const SLOW_MS: f64 = 1_000.0;
/// Building one index may take this long.
const BUILD_TIMEOUT: &str = "SET statement_timeout = '120s'";

/// How large a copy may be.
#[derive(Debug, Clone, Copy)]
pub(in crate::advise) struct ScratchLimits {
    /// Heap and TOAST bytes.
    pub(in crate::advise) bytes: u64,
}

/// A running copy. Dropping it ends its server and removes its files.
pub(in crate::advise) struct ScratchCopy {
    server: Postgres,
    admin: PgConnection,
    owner: PgConnection,
    session: GuardedSession,
    built: BTreeMap<usize, Built>,
    shown: Option<Vec<usize>>,
    /// What the copy lacks, in words.
    pub(in crate::advise) notes: Vec<String>,
    /// Which tables are there in part, in words.
    pub(in crate::advise) sampled: Vec<String>,
}

struct Built {
    name: String,
    bytes: u64,
}

impl ScratchCopy {
    /// Copies the tables; `Err` in words where that is not possible here.
    pub(in crate::advise) async fn create(
        database: &Database,
        cx: &CallCx,
        catalog: &Catalog,
        tables: &BTreeSet<TableName>,
        limits: ScratchLimits,
    ) -> Result<Result<Self, String>, ToolError> {
        let major = catalog.server_version / 10_000;
        let Some(binaries) = PostgresBinaries::find_major(major) else {
            return Ok(Err(format!("no PostgreSQL {major} programs are on this machine for a scratch server")));
        };
        let mut chosen: Vec<&Table> = Vec::new();
        for name in tables {
            match catalog.table(name) {
                Some(table) if table.kind.is_indexable() => chosen.push(table),
                Some(table) => return Ok(Err(format!("{name} is a {}, which cannot be copied", table.kind.as_str()))),
                None => return Ok(Err(format!("{name} is not known"))),
            }
        }
        let dependencies = definitions::read(database, tables).await?;
        let sample = Sample::within(limits.bytes, dependencies.bytes.unsigned_abs());
        if sample.is_too_thin() {
            return Ok(Err(format!(
                "the tables take {} MB; the {} MB that are copied to a scratch server would be too thin a sample",
                dependencies.bytes >> 20,
                limits.bytes >> 20
            )));
        }
        cx.progress(format!("starting a scratch PostgreSQL {}", binaries.version));
        let mut copy = match Self::start(&binaries, &dependencies, catalog).await {
            Ok(copy) => copy,
            Err(error) => return Ok(Err(format!("the scratch server cannot be used: {error}"))),
        };
        match copy.fill(database, cx, &chosen, &dependencies, limits, sample).await {
            Ok(()) => Ok(Ok(copy)),
            Err(ToolError::Cancelled) => Err(ToolError::Cancelled),
            Err(error) => Ok(Err(format!("the tables cannot be copied: {error}"))),
        }
    }

    async fn start(
        binaries: &PostgresBinaries,
        dependencies: &definitions::Dependencies,
        catalog: &Catalog,
    ) -> Result<Self, ToolError> {
        let mut options = PostgresOptions { preload: Vec::new(), ..PostgresOptions::default() }
            .setting("shared_buffers", "256MB")
            .setting("maintenance_work_mem", "256MB")
            .setting("track_io_timing", "off");
        for (name, value) in &dependencies.settings {
            options = options.setting(name, value);
        }
        let server = Postgres::start(binaries, options).await.map_err(unavailable)?;
        let mut postgres = connect(&server.url("postgres")).await?;
        run(&mut postgres, &format!("CREATE ROLE {ROLE} LOGIN")).await?;
        let mut notes = Vec::new();
        let plain = format!("CREATE DATABASE {DATABASE} OWNER {ROLE} TEMPLATE template0");
        let exact = dependencies.locale.as_ref().map(|(collate, ctype)| {
            format!(
                "{plain} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
                quote_literal(&dependencies.encoding),
                quote_literal(collate),
                quote_literal(ctype)
            )
        });
        let created = match &exact {
            Some(exact) => run(&mut postgres, exact).await.is_ok(),
            None => false,
        };
        if !created {
            run(&mut postgres, &plain).await?;
            notes.push("the scratch copy sorts text by another locale than the database".to_owned());
        }
        // The last connection to another database: errors of a goodbye do not matter.
        let _ = postgres.close().await;
        let mut admin = connect(&server.url(DATABASE)).await?;
        let path: Vec<String> = catalog.search_path.iter().map(|schema| quote_ident(schema)).collect();
        run(&mut admin, &format!("ALTER ROLE {ROLE} SET search_path = {}", path.join(", "))).await?;
        for (extension, schema) in &dependencies.extensions {
            let statement = format!(
                "CREATE SCHEMA IF NOT EXISTS {0}; GRANT ALL ON SCHEMA {0} TO {ROLE}; CREATE EXTENSION {1} SCHEMA {0} CASCADE",
                quote_ident(schema),
                quote_ident(extension)
            );
            if !binaries.has_extension(extension)
                || sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.is_err()
            {
                notes.push(format!("the scratch server has no extension {extension}"));
            }
        }
        run(&mut admin, &format!("GRANT ALL ON SCHEMA public TO {ROLE}")).await?;
        let url = server.url_as(ROLE, DATABASE);
        let mut owner = connect(&url).await?;
        run(&mut owner, BUILD_TIMEOUT).await?;
        let handle = Database::new(DatabaseConfig::new(DATABASE, SecretString::from(url)))?;
        let session = GuardedSession::open(&handle).await?;
        Ok(Self { server, admin, owner, session, built: BTreeMap::new(), shown: None, notes, sampled: Vec::new() })
    }

    async fn fill(
        &mut self,
        database: &Database,
        cx: &CallCx,
        tables: &[&Table],
        dependencies: &definitions::Dependencies,
        limits: ScratchLimits,
        sample: Sample,
    ) -> Result<(), ToolError> {
        for statement in definitions::statements(tables, dependencies) {
            run(&mut self.owner, &statement).await?;
        }
        // Text is wider than what is stored: twice the size is no sign of old statistics.
        copy::rows(database, cx, &mut self.owner, tables, sample, limits.bytes * 3).await?;
        for table in tables {
            if let Some(percent) = sample.percent_of(table) {
                self.sampled.push(format!(
                    "{}: {percent:.0} % of its pages were copied, by chance, so what a scan of it costs without an \
                     index was measured that much too small",
                    table.name
                ));
            }
        }
        cx.progress("building the existing indexes on the scratch copy");
        for index in tables.iter().flat_map(|table| &table.indexes).filter(|index| index.valid) {
            if run(&mut self.owner, &index.definition).await.is_err() {
                self.notes.push(format!("the scratch copy lacks the index {}", index.name));
            }
        }
        for statistics in &dependencies.statistics {
            if run(&mut self.owner, statistics).await.is_err() {
                self.notes.push("the scratch copy lacks an extended statistics object".to_owned());
            }
        }
        // Visibility for index-only scans, statistics for the planner.
        for table in tables {
            run(&mut self.owner, &format!("VACUUM (ANALYZE) {}", table.name.quoted())).await?;
        }
        Ok(())
    }

    /// The planner's answer with exactly these candidates in place.
    pub(in crate::advise) async fn answer(
        &mut self,
        cx: &CallCx,
        question: &Question,
        statement: &Planned,
        candidates: &[Candidate],
    ) -> Result<Answer, ToolError> {
        if let Err((candidate, why)) = self.show(cx, &question.set, candidates).await? {
            return Ok(Answer::CandidateRefused(candidate, why));
        }
        match self.explain(cx, statement, "FORMAT JSON", Limits { bytes: 4 << 20, ..Limits::default() }).await {
            Ok(plan) => Ok(Answer::Plan(PlanCost { cost: plan.cost, used: self.used(&plan) })),
            Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => Err(error),
            Err(error) => Ok(Answer::StatementFailed(format!("cannot be planned on the scratch copy: {error}"))),
        }
    }

    /// Executes a statement with exactly these candidates in place; `None` where it cannot be.
    pub(in crate::advise) async fn run(
        &mut self,
        cx: &CallCx,
        question: &TrialQuestion,
        statement: &Planned,
        candidates: &[Candidate],
    ) -> Result<Option<Run>, ToolError> {
        if self.show(cx, &question.set, candidates).await?.is_err() {
            return Ok(None);
        }
        let limits = Limits { bytes: 4 << 20, timeout: RUN_TIMEOUT, ..Limits::default() };
        let mut plans: Vec<Plan> = Vec::new();
        let mut warm = false;
        while plans.len() < RUNS {
            match self.explain(cx, statement, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON", limits).await {
                Ok(plan) => {
                    let slow = plan.ms.is_some_and(|ms| ms >= SLOW_MS);
                    if warm || slow {
                        plans.push(plan);
                    }
                    if slow && warm {
                        break;
                    }
                    warm = true;
                }
                Err(ToolError::Timeout(_)) => {
                    self.reconnect().await?;
                    return Ok(Some(self.timed_out(cx, statement).await));
                }
                Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        Ok(self.median(plans))
    }

    fn median(&self, mut plans: Vec<Plan>) -> Option<Run> {
        plans.sort_by(|a, b| a.ms.unwrap_or(0.0).total_cmp(&b.ms.unwrap_or(0.0)));
        let middle = plans.get(plans.len() / 2)?;
        Some(Run {
            measurement: Measurement { ms: middle.ms, buffers: middle.buffers, cost: Some(middle.cost) },
            fastest_ms: plans.first()?.ms.unwrap_or(0.0),
            slowest_ms: plans.last()?.ms.unwrap_or(0.0),
            runs: u32::try_from(plans.len()).unwrap_or(u32::MAX),
            timed_out: false,
            used: self.used(middle),
        })
    }

    /// A run that hit the limit: its plan tells what it used, its time is the limit.
    async fn timed_out(&mut self, cx: &CallCx, statement: &Planned) -> Run {
        let limits = Limits { bytes: 4 << 20, ..Limits::default() };
        let plan = self.explain(cx, statement, "FORMAT JSON", limits).await.unwrap_or_default();
        let ms = RUN_TIMEOUT.as_secs_f64() * 1000.0;
        Run {
            measurement: Measurement { ms: Some(ms), buffers: None, cost: Some(plan.cost) },
            fastest_ms: ms,
            slowest_ms: ms,
            runs: 1,
            timed_out: true,
            used: self.used(&plan),
        }
    }

    /// Real sizes of the candidates that were built.
    pub(in crate::advise) fn sizes(&self) -> BTreeMap<usize, u64> {
        self.built.iter().map(|(at, built)| (*at, built.bytes)).collect()
    }

    /// Ends the server and removes its files.
    pub(in crate::advise) async fn stop(self) {
        self.session.close().await;
        drop((self.admin, self.owner));
        if let Err(error) = self.server.stop().await {
            tracing::warn!(%error, "the scratch server was left to its guard");
        }
    }

    async fn explain(
        &mut self,
        cx: &CallCx,
        statement: &Planned,
        options: &'static str,
        limits: Limits,
    ) -> Result<Plan, ToolError> {
        let rows = self.session.run(cx, statement.explain(options), limits).await?;
        plan::read(&rows.first_column()).ok_or_else(|| ToolError::Failed("the plan cannot be read".to_owned()))
    }

    fn used(&self, plan: &Plan) -> Vec<usize> {
        self.built.iter().filter(|(_, built)| plan.indexes.contains(&built.name)).map(|(at, _)| *at).collect()
    }

    /// Builds what is missing of a set and hides the rest; the inner error is a candidate that the
    /// server refuses.
    async fn show(
        &mut self,
        cx: &CallCx,
        set: &[usize],
        candidates: &[Candidate],
    ) -> Result<Result<(), (usize, String)>, ToolError> {
        if self.shown.as_deref() == Some(set) {
            return Ok(Ok(()));
        }
        for &at in set {
            if self.built.contains_key(&at) {
                continue;
            }
            if cx.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            let Some(candidate) = candidates.get(at) else { continue };
            let name = format!("{PREFIX}{at}");
            match run(&mut self.owner, &plain_create_statement(candidate, &name)).await {
                Ok(()) => {}
                Err(PgError::Server(error)) => return Ok(Err((at, format!("refused: {}", error.message)))),
                Err(error) => return Err(error.into()),
            }
            // An expression has statistics only after this.
            if candidate.keys.iter().any(|key| key.expression.column().is_none()) {
                run(&mut self.owner, &format!("ANALYZE {}", candidate.table.quoted())).await?;
            }
            let bytes: i64 =
                sqlx::query_scalar("SELECT sum(pg_relation_size(oid))::int8 FROM pg_class WHERE relname = $1")
                    .bind(&name)
                    .fetch_one(&mut self.admin)
                    .await
                    .map_err(PgError::from)?;
            self.built.insert(at, Built { name, bytes: bytes.unsigned_abs() });
        }
        let all: Vec<String> = self.built.values().map(|built| built.name.clone()).collect();
        let visible: BTreeSet<String> =
            set.iter().filter_map(|at| self.built.get(at)).map(|built| built.name.clone()).collect();
        switch::show_only(&mut self.admin, &all, &visible).await?;
        self.shown = Some(set.to_vec());
        Ok(Ok(()))
    }

    /// After a timeout the session may be gone.
    async fn reconnect(&mut self) -> Result<(), ToolError> {
        if self.session.connection().is_err() {
            let url = self.server.url_as(ROLE, DATABASE);
            let handle = Database::new(DatabaseConfig::new(DATABASE, SecretString::from(url)))?;
            self.session = GuardedSession::open(&handle).await?;
        }
        Ok(())
    }
}

async fn connect(url: &str) -> Result<PgConnection, PgError> {
    Target::parse(&SecretString::from(url))?.connect().await
}

/// Runs one statement on the scratch server.
async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), PgError> {
    sqlx::query(AssertSqlSafe(statement)).persistent(false).execute(connection).await?;
    Ok(())
}

fn unavailable(error: dbwright_servers::ServersError) -> ToolError {
    ToolError::Unavailable(error.to_string())
}
