//! Statements measured on the database itself, through the guarded path: read-only, rolled back.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::{brief, max_parameter};

use super::verdict::Runs;
use crate::{Database, GuardedSession, Limits, Statement, explain::sampled};

/// TIMING OFF: the clock of each node costs more than what is compared.
const OPTIONS: &str = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON";
/// Executions that count, after one that warms the cache.
const RUNS: usize = 5;
/// After a first execution of this length, two more are enough.
const SLOW_MS: f64 = 1_000.0;
/// One execution may take this long.
const LONGEST: Duration = Duration::from_secs(30);
const BRIEF: usize = 160;
const PLAN_BYTES: usize = 8 * 1024 * 1024;

/// A statement in the form in which both sides run it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    /// For people.
    pub(super) brief: String,
    /// With values for its placeholders.
    pub(super) sql: String,
}

/// The statements that can be executed; the others in words.
pub(super) async fn subjects(
    database: &Database,
    cx: &CallCx,
    statements: &[String],
) -> Result<(Vec<Subject>, Vec<String>), ToolError> {
    let mut subjects = Vec::new();
    let mut gaps = Vec::new();
    for statement in statements {
        let short = brief(statement, BRIEF);
        if max_parameter(statement).is_ok_and(|count| count > 0) {
            match sampled(database, cx, statement).await? {
                Some(planned) => subjects.push(Subject { brief: short, sql: planned.sql().to_owned() }),
                None => gaps.push(format!("not measured, no values were found for its placeholders: {short}")),
            }
            continue;
        }
        match read_only_refusal(statement) {
            Ok(None) => subjects.push(Subject { brief: short, sql: statement.clone() }),
            Ok(Some(refusal)) => gaps.push(format!("not measured ({}): {short}", refusal.reason)),
            Err(error) => gaps.push(format!("not measured ({error}): {short}")),
        }
    }
    Ok((subjects, gaps))
}

/// Runs each statement several times. `None` in the place of one that could not be run.
pub(super) async fn measure(
    database: &Database,
    cx: &CallCx,
    subjects: &[Subject],
    gaps: &mut Vec<String>,
) -> Result<Vec<Option<Runs>>, ToolError> {
    let mut session = GuardedSession::open(database).await?;
    let mut measured = Vec::with_capacity(subjects.len());
    for subject in subjects {
        match series(&mut session, cx, &subject.sql).await {
            Ok(runs) => measured.push(Some(runs)),
            Err(ToolError::Cancelled) => return Err(ToolError::Cancelled),
            Err(error) => {
                gaps.push(format!("not measured ({error}): {}", subject.brief));
                measured.push(None);
                // The failed statement may have cost the connection.
                session.close().await;
                session = GuardedSession::open(database).await?;
            }
        }
    }
    session.close().await;
    Ok(measured)
}

async fn series(session: &mut GuardedSession, cx: &CallCx, sql: &str) -> Result<Runs, ToolError> {
    let (_, first_ms) = once(session, cx, sql).await?;
    let count = if first_ms >= SLOW_MS { 2 } else { RUNS };
    let mut pages = Vec::with_capacity(count);
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let (buffers, ms) = once(session, cx, sql).await?;
        pages.push(buffers);
        times.push(ms);
    }
    pages.sort_unstable();
    times.sort_by(f64::total_cmp);
    let at = |times: &[f64], index: usize| times.get(index).copied().unwrap_or_default();
    Ok(Runs {
        buffers: pages.get(pages.len() / 2).copied().unwrap_or_default(),
        ms: round(at(&times, times.len() / 2)),
        min_ms: round(at(&times, 0)),
        max_ms: round(at(&times, times.len().saturating_sub(1))),
        runs: count,
    })
}

async fn once(session: &mut GuardedSession, cx: &CallCx, sql: &str) -> Result<(u64, f64), ToolError> {
    let limits = Limits { bytes: PLAN_BYTES, timeout: LONGEST, ..Limits::default() };
    let rows = session.run(cx, Statement::Explain { options: OPTIONS, sql }, limits).await?;
    let plan = dbwright_plan::parse_json(&rows.first_column())
        .map_err(|error| ToolError::Failed(format!("the server's plan cannot be read: {error}")))?;
    let buffers = plan.root().buffers.touched();
    let ms = plan.elapsed_ms().ok_or_else(|| ToolError::Failed("the plan has no execution time".to_owned()))?;
    Ok((buffers, ms))
}

fn round(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}
