//! Figures of `pg_stat_statements`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::tool::Order;
use crate::{PgError, Probe};

/// Characters of a statement's text that are kept.
const MOST_TEXT: usize = 20_000;

/// A statement and what it costs. Times in milliseconds; times and rows are sums over all users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkloadStatement {
    /// `pg_stat_statements.queryid` as text.
    pub query_id: String,
    /// The normalised text.
    pub query: String,
    /// Executions.
    pub calls: i64,
    /// Execution time in all.
    pub total_ms: f64,
    /// Execution time of one call.
    pub mean_ms: f64,
    /// Longest call.
    pub max_ms: f64,
    /// Spread between calls.
    pub stddev_ms: f64,
    /// Part of the execution time of all statements of this database, 0 to 1.
    pub share: f64,
    /// Planning time in all; 0 unless `pg_stat_statements.track_planning` is on.
    pub plan_ms: f64,
    /// Rows returned or affected by one call.
    pub rows_per_call: f64,
    /// Shared blocks touched by one call.
    pub blocks_per_call: f64,
    /// Part of the shared blocks that were in the cache; `None` when no block was touched.
    pub hit_ratio: Option<f64>,
    /// Shared blocks read from outside the cache, in all.
    pub blocks_read: i64,
    /// Time of those reads; `None` unless `track_io_timing` is on.
    pub read_ms: Option<f64>,
    /// Temporary file traffic in all.
    pub temp_bytes: i64,
    /// WAL written in all.
    pub wal_bytes: Option<f64>,
}

/// The list and what it was taken from.
pub(super) struct Measured {
    pub(super) total_ms: f64,
    pub(super) calls: i64,
    pub(super) distinct: i64,
    pub(super) since: Option<String>,
    pub(super) statements: Vec<WorkloadStatement>,
    pub(super) gaps: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    total_ms: f64,
    calls: i64,
    distinct_statements: i64,
    hidden: i64,
    hidden_ms: f64,
    nested: i64,
    entries: i64,
    /// Nested statements are recorded, and nothing tells them from the others (before PG 14).
    counts_twice: Option<bool>,
    most_entries: Option<i64>,
    io_timing: bool,
    block_size: i64,
    statements: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    query_id: String,
    query: Option<String>,
    calls: i64,
    rows: i64,
    total_ms: f64,
    max_ms: f64,
    stddev_ms: f64,
    plan_ms: f64,
    hit: i64,
    read: i64,
    temp: i64,
    read_ms: Option<f64>,
    wal_bytes: Option<f64>,
}

/// From `pg_stat_statements_info` (extension 1.9, PostgreSQL 14).
#[derive(Debug, Default)]
struct Info {
    reset: Option<String>,
    evictions: i64,
}

pub(super) async fn read(
    probe: &mut Probe,
    order: Order,
    min_calls: i64,
    limit: i64,
    role: &str,
) -> Result<Measured, PgError> {
    let info = info(probe).await?;
    let Json(answer): Json<Answer> = sqlx::query_scalar(include_str!("statements.sql"))
        .bind(order.as_str())
        .bind(min_calls)
        .bind(limit)
        .fetch_one(probe.connection())
        .await?;
    let gaps = gaps(&answer, &info, order, role);
    let statements = answer.statements.iter().map(|line| statement(line, &answer)).collect();
    Ok(Measured {
        total_ms: round(answer.total_ms),
        calls: answer.calls,
        distinct: answer.distinct_statements,
        since: info.reset,
        statements,
        gaps,
    })
}

async fn info(probe: &mut Probe) -> Result<Info, PgError> {
    let known: bool = sqlx::query_scalar("SELECT /* dbwright */ to_regclass('pg_stat_statements_info') IS NOT NULL")
        .fetch_one(probe.connection())
        .await?;
    if !known {
        return Ok(Info::default());
    }
    let (reset, evictions) = sqlx::query_as(
        "SELECT /* dbwright */ to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), dealloc FROM pg_stat_statements_info",
    )
    .fetch_one(probe.connection())
    .await?;
    Ok(Info { reset, evictions })
}

#[expect(clippy::cast_precision_loss, reason = "counts are shown with few digits")]
fn statement(line: &Line, all: &Answer) -> WorkloadStatement {
    let calls = line.calls.max(1) as f64;
    let blocks = (line.hit + line.read) as f64;
    let text = line.query.as_deref().unwrap_or_default();
    let query = text.chars().take(MOST_TEXT).collect();
    WorkloadStatement {
        query_id: line.query_id.clone(),
        query,
        calls: line.calls,
        total_ms: round(line.total_ms),
        mean_ms: round(line.total_ms / calls),
        max_ms: round(line.max_ms),
        stddev_ms: round(line.stddev_ms),
        share: if all.total_ms > 0.0 { (line.total_ms / all.total_ms * 10_000.0).round() / 10_000.0 } else { 0.0 },
        plan_ms: round(line.plan_ms),
        rows_per_call: round(line.rows as f64 / calls),
        blocks_per_call: round(blocks / calls),
        hit_ratio: (blocks > 0.0).then(|| (line.hit as f64 / blocks * 10_000.0).round() / 10_000.0),
        blocks_read: line.read,
        read_ms: line.read_ms.filter(|_| all.io_timing).map(round),
        temp_bytes: line.temp * all.block_size,
        wal_bytes: line.wal_bytes,
    }
}

/// What the figures cannot tell.
fn gaps(answer: &Answer, info: &Info, order: Order, role: &str) -> Vec<String> {
    let mut gaps = Vec::new();
    if answer.hidden > 0 {
        let part = if answer.total_ms > 0.0 { answer.hidden_ms / answer.total_ms * 100.0 } else { 0.0 };
        gaps.push(format!(
            "{} statements of other roles ({part:.0}% of the time) are hidden from {role}: GRANT pg_read_all_stats TO {}",
            answer.hidden,
            dbwright_sql::quote_ident(role)
        ));
    }
    if info.evictions > 0 {
        let now = answer.most_entries.map_or(String::new(), |most| format!(" (now {most})"));
        gaps.push(format!(
            "entries were evicted {} times since {}, so rare statements are missing: raise pg_stat_statements.max{now}",
            info.evictions,
            info.reset.as_deref().unwrap_or("the start")
        ));
    }
    if answer.nested > 0 {
        gaps.push(format!(
            "{} statements inside functions are left out; their time is part of the calling statement's",
            answer.nested
        ));
    }
    if answer.counts_twice == Some(true) {
        gaps.push(
            "pg_stat_statements.track is all: statements inside functions are counted twice, alone and in their caller"
                .to_owned(),
        );
    }
    if order == Order::Io && !answer.io_timing {
        gaps.push("track_io_timing is off: blocks are counted, reading time is unknown".to_owned());
    }
    if answer.entries == 0 {
        gaps.push("no statement of this database is recorded yet".to_owned());
    }
    gaps
}

/// Three digits behind the point: microseconds.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
