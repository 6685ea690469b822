//! One pinned connection on which statements are measured and compared.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::Measurement;
use dbwright_plan::Plan;

use crate::{Database, GuardedSession, Limits, PgError, Statement};

const MEASURE: &str = "ANALYZE, BUFFERS, TIMING OFF, VERBOSE, FORMAT JSON";
const PLAN: &str = "VERBOSE, FORMAT JSON";
/// A plan over thousands of partitions is some megabytes of JSON.
const PLAN_BYTES: usize = 32 << 20;
/// Executions that count, after one that warms the cache.
const RUNS: usize = 3;
/// After a first execution of this length, one more is enough.
const SLOW_MS: f64 = 1_000.0;

/// What several executions of one statement came to.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// Median.
    pub(super) ms: f64,
    pub(super) fastest_ms: f64,
    pub(super) slowest_ms: f64,
    pub(super) runs: usize,
    /// Shared pages touched.
    pub(super) buffers: u64,
    /// Pages of temporary files moved.
    pub(super) temp: u64,
    pub(super) cost: f64,
    /// It was stopped: `ms` is the limit, the pages are unknown.
    pub(super) timed_out: bool,
    pub(super) plan: Option<Plan>,
}

impl Sample {
    /// All pages that were moved.
    pub(super) fn pages(&self) -> u64 {
        self.buffers + self.temp
    }

    pub(super) fn measurement(&self) -> Measurement {
        Measurement {
            ms: Some((self.ms * 1000.0).round() / 1000.0),
            buffers: (!self.timed_out).then_some(self.buffers),
            cost: Some(self.cost),
        }
    }

    /// `41,200 pages, 230.1 ms (228.0–241.3)`.
    pub(super) fn words(&self) -> String {
        if self.timed_out {
            return format!("stopped after {:.0} ms", self.ms);
        }
        let temp = if self.temp > 0 { format!(" + {} temporary", self.temp) } else { String::new() };
        format!("{}{temp} pages, {:.1} ms ({:.1}–{:.1})", self.buffers, self.ms, self.fastest_ms, self.slowest_ms)
    }
}

/// A connection with settings of its own.
pub(super) struct Bench {
    database: Database,
    session: GuardedSession,
    settings: Vec<(String, String)>,
}

impl Bench {
    pub(super) async fn open(database: &Database) -> Result<Self, PgError> {
        let session = GuardedSession::open(database).await?;
        Ok(Self { database: database.clone(), session, settings: Vec::new() })
    }

    /// Puts these settings, and no others, in force for what follows on this connection.
    pub(super) async fn with_settings(&mut self, settings: &[(String, String)]) -> Result<(), PgError> {
        let connection = self.session.connection()?;
        for (name, _) in &self.settings {
            sqlx::query("SELECT /* dbwright */ pg_catalog.set_config(name, reset_val, false) FROM pg_catalog.pg_settings WHERE name = $1")
                .bind(name)
                .execute(&mut *connection)
                .await?;
        }
        self.settings.clear();
        for (name, value) in settings {
            sqlx::query("SELECT /* dbwright */ pg_catalog.set_config($1, $2, false)")
                .bind(name)
                .bind(value)
                .execute(&mut *connection)
                .await?;
            self.settings.push((name.clone(), value.clone()));
        }
        Ok(())
    }

    /// The plan without executing.
    pub(super) async fn plan(&mut self, cx: &CallCx, sql: &str) -> Result<Plan, ToolError> {
        let limits = Limits { bytes: PLAN_BYTES, ..Limits::default() };
        self.explain(cx, sql, PLAN, limits).await
    }

    /// Executes several times. A statement that does not end in time is a sample too.
    pub(super) async fn measure(&mut self, cx: &CallCx, sql: &str, timeout: Duration) -> Result<Sample, ToolError> {
        let limits = Limits { bytes: PLAN_BYTES, timeout, ..Limits::default() };
        let mut plans: Vec<Plan> = Vec::new();
        let mut warm = false;
        while plans.len() < RUNS {
            match self.explain(cx, sql, MEASURE, limits).await {
                Ok(plan) => {
                    let slow = plan.elapsed_ms().is_some_and(|ms| ms >= SLOW_MS);
                    if warm || slow {
                        plans.push(plan);
                    }
                    if slow && warm {
                        break;
                    }
                    warm = true;
                }
                Err(ToolError::Timeout(_)) => {
                    self.reopen().await?;
                    let plan = self.plan(cx, sql).await.ok();
                    return Ok(stopped(timeout, plan));
                }
                Err(error) => return Err(error),
            }
        }
        median(plans).ok_or_else(|| ToolError::Failed("the statement could not be measured".to_owned()))
    }

    async fn explain(
        &mut self,
        cx: &CallCx,
        sql: &str,
        options: &'static str,
        limits: Limits,
    ) -> Result<Plan, ToolError> {
        let rows = self.session.run(cx, Statement::Explain { options, sql }, limits).await?;
        dbwright_plan::parse_json(&rows.first_column())
            .map_err(|error| ToolError::Failed(format!("the server's plan cannot be read: {error}")))
    }

    /// The first row of a query, as text.
    pub(super) async fn row(
        &mut self,
        cx: &CallCx,
        sql: &str,
        timeout: Duration,
    ) -> Result<Vec<Option<String>>, ToolError> {
        let limits = Limits { rows: 1, timeout, ..Limits::default() };
        match self.session.run(cx, Statement::Verbatim(sql), limits).await {
            Ok(rows) => Ok(rows.rows.into_iter().next().unwrap_or_default()),
            Err(error @ ToolError::Timeout(_)) => {
                self.reopen().await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// After a timeout the connection may be gone, and its settings with it.
    async fn reopen(&mut self) -> Result<(), ToolError> {
        if self.session.connection().is_err() {
            self.session = GuardedSession::open(&self.database).await?;
            let settings = std::mem::take(&mut self.settings);
            self.with_settings(&settings).await?;
        }
        Ok(())
    }

    pub(super) async fn close(self) {
        self.session.close().await;
    }
}

fn median(mut plans: Vec<Plan>) -> Option<Sample> {
    let ms = |plan: &Plan| plan.elapsed_ms().unwrap_or_default();
    plans.sort_by(|a, b| ms(a).total_cmp(&ms(b)));
    let (fastest_ms, slowest_ms, runs) = (ms(plans.first()?), ms(plans.last()?), plans.len());
    let middle = plans.swap_remove(plans.len() / 2);
    let buffers = middle.root().buffers;
    Some(Sample {
        ms: ms(&middle),
        fastest_ms,
        slowest_ms,
        runs,
        buffers: buffers.touched(),
        temp: buffers.temp(),
        cost: middle.root().total_cost,
        timed_out: false,
        plan: Some(middle),
    })
}

fn stopped(limit: Duration, plan: Option<Plan>) -> Sample {
    let ms = limit.as_secs_f64() * 1000.0;
    Sample {
        ms,
        fastest_ms: ms,
        slowest_ms: ms,
        runs: 1,
        buffers: 0,
        temp: 0,
        cost: plan.as_ref().map_or(0.0, |plan| plan.root().total_cost),
        timed_out: true,
        plan,
    }
}
