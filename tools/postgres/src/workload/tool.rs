//! The tool itself.

use dbwright_contract::{Assessment, CallCx, Tool, ToolError, null_as_default};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{activity, activity::RunningStatement, source, statements, statements::WorkloadStatement};
use crate::{Database, Databases, until_cancelled};

/// Statements listed unless told, and at most.
const DEFAULT_LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 100;

/// Lists the statements that cost most.
#[derive(Debug, Clone)]
pub struct Workload {
    databases: Databases,
}

/// What "most" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Execution time in all.
    #[default]
    Total,
    /// Execution time of one call.
    Mean,
    /// Executions.
    Calls,
    /// Blocks read from outside the cache.
    Io,
    /// Temporary files.
    Temp,
}

impl Order {
    /// The word used in arguments and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Mean => "mean",
            Self::Calls => "calls",
            Self::Io => "io",
            Self::Temp => "temp",
        }
    }
}

/// Arguments of `Workload`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadArgs {
    /// Rank by: total unless told; io is blocks read.
    #[serde(default, deserialize_with = "null_as_default")]
    pub order: Order,
    /// 10 unless told, 100 at most.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Leave out statements with fewer calls.
    #[serde(default)]
    pub min_calls: Option<u32>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}

/// The statements that cost most, and what the figures cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WorkloadOutput {
    /// The database.
    pub database: String,
    /// `pg_stat_statements`, or `pg_stat_activity` for the substitute.
    pub source: String,
    /// What the list is ranked by.
    pub order: Order,
    /// When recording began, if known.
    pub since: Option<String>,
    /// Execution time of all statements of this database.
    pub total_ms: f64,
    /// Calls of all statements of this database.
    pub calls: i64,
    /// How many different statements there are.
    pub distinct: i64,
    /// The list.
    pub statements: Vec<WorkloadStatement>,
    /// What ran while we looked, where nothing is recorded.
    pub running: Vec<RunningStatement>,
    /// What is missing, why, and how to get it.
    pub gaps: Vec<String>,
}

impl Workload {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases }
    }
}

impl Tool for Workload {
    const NAME: &'static str = "workload";
    const DESCRIPTION: &'static str = "Lists the statements of this database that cost most (pg_stat_statements): share of the total time, \
        calls, time, rows and blocks per call, cache hits, temporary files, WAL. Start here when asked what is slow.";
    const SOURCE: &'static str = "database";
    type Args = WorkloadArgs;
    type Output = WorkloadOutput;

    fn assess(&self, args: &WorkloadArgs) -> Assessment {
        Assessment::observe(format!("top statements by {}", args.order.as_str()))
    }

    async fn call(&self, cx: &CallCx, args: WorkloadArgs) -> Result<WorkloadOutput, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        until_cancelled(database, cx, list(database, &args)).await
    }
}

async fn list(database: &Database, args: &WorkloadArgs) -> Result<WorkloadOutput, ToolError> {
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let mut output = WorkloadOutput {
        database: database.name().to_owned(),
        source: "pg_stat_statements".to_owned(),
        order: args.order,
        since: None,
        total_ms: 0.0,
        calls: 0,
        distinct: 0,
        statements: Vec::new(),
        running: Vec::new(),
        gaps: Vec::new(),
    };
    let role = &database.identity().await?.user;
    let mut probe = database.probe().await?;
    let mut obstacle = source::look(&mut probe).await?.remedy();
    if obstacle.is_none() {
        probe.with_extension("pg_stat_statements").await?;
        let min_calls = i64::from(args.min_calls.unwrap_or(1));
        match statements::read(&mut probe, args.order, min_calls, i64::from(limit), role).await {
            Ok(measured) => {
                probe.finish().await;
                output.since = measured.since;
                output.total_ms = measured.total_ms;
                output.calls = measured.calls;
                output.distinct = measured.distinct;
                output.statements = measured.statements;
                output.gaps = measured.gaps;
                return Ok(output);
            }
            Err(error) if error.is_privilege() => {
                obstacle = Some(format!(
                    "pg_stat_statements may not be read by {role}: GRANT SELECT ON pg_stat_statements, pg_stat_statements_info TO {0}; GRANT pg_read_all_stats TO {0}",
                    dbwright_sql::quote_ident(role)
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    probe.finish().await;
    let (running, hidden) = activity::sample(database, limit as usize).await?;
    output.source = "pg_stat_activity".to_owned();
    output.running = running;
    output.gaps.extend(obstacle);
    output.gaps.push("only statements that ran while we looked are listed, without figures of their cost".to_owned());
    if hidden > 0 {
        output.gaps.push(format!(
            "{hidden} sessions of other roles hide their statements from {role}: GRANT pg_read_all_stats TO {}",
            dbwright_sql::quote_ident(role)
        ));
    }
    Ok(output)
}
