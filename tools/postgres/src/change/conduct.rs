//! One action from the first look to the last word: permitted, not there yet, measured, run,
//! checked, measured again, kept or taken back.

use std::time::{Duration, Instant};

use dbwright_contract::{CallCx, ToolError};

use super::{
    before,
    catalog::{There, there},
    concurrent, judge,
    measure::{self, Subject},
    output::{Changed, Outcome, StatementMeasured},
    partitioned,
    permit::permit,
    plan::{ActionPlan, Expectation},
    step::{Step, StepKind},
    timing::Patience,
    transaction,
    verdict::{Fared, against},
    writer::Writer,
};
use crate::Database;

/// Looking into the catalog takes no longer.
const LOOK: Duration = Duration::from_secs(10);
/// Between two looks at somebody else's build.
const TICK: Duration = Duration::from_millis(500);
/// A terminated session has so long to go.
const END_GRACE: Duration = Duration::from_secs(5);

/// Carries the action out.
///
/// # Errors
/// [`ToolError::Refused`] when the configuration does not permit it; otherwise what went wrong
/// and what is left of it.
pub async fn carry_out(
    database: &Database,
    cx: &CallCx,
    plan: &ActionPlan,
    keep: bool,
    patience: Patience,
) -> Result<Changed, ToolError> {
    let patience = &patience;
    permit(database.config(), plan.effect).map_err(ToolError::Refused)?;
    let began = Instant::now();
    let mut changed = Changed {
        database: plan.database.clone(),
        hash: plan.hash(),
        effect: plan.effect,
        outcome: Outcome::Applied,
        reason: String::new(),
        steps: Vec::new(),
        undo: Vec::new(),
        measured: Vec::new(),
        gaps: Vec::new(),
        learning: None,
        elapsed_ms: 0,
    };
    let (states, undo) = look(database, cx, plan, patience).await?;
    let missing: Vec<Step> = plan
        .steps
        .iter()
        .zip(&states)
        .filter(|(_, state)| !matches!(state, There::Yes(_)))
        .map(|(step, _)| step.clone())
        .collect();
    let is_there = |state: &There| matches!(state, There::Yes(_));
    let pending = states.iter().any(|state| !is_there(state) && !matches!(state, There::Repeatable(_)));
    if states.iter().any(is_there) && !pending {
        changed.outcome = Outcome::AlreadyThere;
        changed.reason = format!("already there: {}", words(&states));
        changed.elapsed_ms = millis(began);
        return Ok(changed);
    }
    let measures = plan.expect != Expectation::Nothing && !plan.measure.is_empty();
    let (subjects, gaps) =
        if measures { measure::subjects(database, cx, &plan.measure).await? } else { (Vec::new(), Vec::new()) };
    changed.gaps = gaps;
    if !subjects.is_empty() {
        cx.progress(format!("measuring {} statements before", subjects.len()));
    }
    let before = measure::measure(database, cx, &subjects, &mut changed.gaps).await?;
    run(database, cx, &missing, &undo, patience).await?;
    check(database, &missing, &mut changed.gaps).await?;
    changed.steps = missing;
    changed.undo = undo;
    changed.measured = after(database, cx, subjects, before, &mut changed).await?;
    decide(database, plan, keep, patience, &mut changed).await?;
    changed.elapsed_ms = millis(began);
    Ok(changed)
}

/// What is there, for somebody who did not see how an earlier run ended. Reads only.
pub(super) async fn states(database: &Database, plan: &ActionPlan) -> Result<Vec<There>, ToolError> {
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    let mut states = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        states.push(there(writer.connection(), step).await?);
    }
    writer.close().await;
    Ok(states)
}

/// The statements that would take the action back, as the catalog stands now.
///
/// # Errors
/// When the server cannot be asked.
pub async fn way_back(database: &Database, plan: &ActionPlan) -> Result<Vec<String>, ToolError> {
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    let undo = before::undo(writer.connection(), plan).await?;
    writer.close().await;
    Ok(undo)
}

/// Waits for whoever is building the same, then says what is there and how to go back to it.
async fn look(
    database: &Database,
    cx: &CallCx,
    plan: &ActionPlan,
    patience: &Patience,
) -> Result<(Vec<There>, Vec<String>), ToolError> {
    let began = Instant::now();
    let mut told = false;
    let states = loop {
        let states = states(database, plan).await?;
        for state in &states {
            if let There::InTheWay(words) = state {
                return Err(ToolError::Failed(words.clone()));
            }
        }
        let builder = states.iter().find_map(|state| match state {
            There::Building { pid, index } => Some((*pid, index.clone())),
            _ => None,
        });
        let Some((pid, index)) = builder else { break states };
        if began.elapsed() >= patience.old_transactions {
            return Err(ToolError::Timeout(format!("{index} is still being built by session {pid}; look again later")));
        }
        if !told {
            cx.progress(format!("{index} is being built by session {pid}: waiting for it"));
            told = true;
        }
        tokio::select! {
            () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
            () = tokio::time::sleep(TICK) => {}
        }
    };
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    for step in &plan.steps {
        partitioned::refuse(writer.connection(), &step.kind).await?;
    }
    let undo = before::undo(writer.connection(), plan).await?;
    writer.close().await;
    Ok((states, undo))
}

/// Runs the steps: together where all of them may share a transaction, else one by one.
async fn run(
    database: &Database,
    cx: &CallCx,
    steps: &[Step],
    undo: &[String],
    patience: &Patience,
) -> Result<(), ToolError> {
    if steps.iter().all(|step| step.transactional) {
        cx.progress(format!("running {} statements in one transaction", steps.len()));
        return recovered(database, steps, transaction::run(database, cx, steps, patience).await).await;
    }
    for (done, step) in steps.iter().enumerate() {
        cx.progress(format!("running {}", dbwright_sql::brief(&step.sql, 120)));
        let one = std::slice::from_ref(step);
        let outcome = if step.kind.is_concurrent() {
            concurrent::run(database, cx, step, patience).await
        } else {
            transaction::run(database, cx, one, patience).await
        };
        recovered(database, one, outcome)
            .await
            .map_err(|error| partly(error, steps.get(..done).unwrap_or_default(), undo))?;
    }
    Ok(())
}

/// A connection that broke says nothing about the effect: the catalog does.
async fn recovered(database: &Database, steps: &[Step], outcome: Result<(), ToolError>) -> Result<(), ToolError> {
    let Err(ToolError::Unreachable(why)) = outcome else { return outcome };
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    for step in steps {
        match there(writer.connection(), step).await.map_err(ToolError::from)? {
            There::Yes(_) => {}
            other => {
                return Err(ToolError::Unreachable(format!("{why}; looked up afterwards: {}", words(&[other]))));
            }
        }
    }
    writer.close().await;
    Ok(())
}

/// An error after some steps says what was done before.
fn partly(error: ToolError, done: &[Step], undo: &[String]) -> ToolError {
    if done.is_empty() {
        return error;
    }
    let done: Vec<&str> = done.iter().map(|step| step.sql.as_str()).collect();
    let back =
        if undo.is_empty() { String::new() } else { format!("; all of it is taken back by: {}", undo.join("; ")) };
    ToolError::Failed(format!("{error}; done before and still there: {}{back}", done.join("; ")))
}

/// Nothing is believed to be there that the catalog does not show.
async fn check(database: &Database, steps: &[Step], gaps: &mut Vec<String>) -> Result<(), ToolError> {
    let mut writer = Writer::open(database, LOOK, LOOK).await?;
    for step in steps {
        let terminates = match step.kind {
            StepKind::EndSession { terminate: false, .. } => continue,
            StepKind::EndSession { .. } => true,
            _ => false,
        };
        let began = Instant::now();
        loop {
            match there(writer.connection(), step).await? {
                There::Yes(_) | There::Repeatable(_) => break,
                // Values that the server writes in another unit than we did are not compared here.
                There::No(words) if matches!(step.kind, StepKind::Setting { .. }) => {
                    gaps.push(words);
                    break;
                }
                There::No(_) if terminates && began.elapsed() < END_GRACE => tokio::time::sleep(TICK / 5).await,
                other => {
                    return Err(ToolError::Failed(format!(
                        "{} was run, but the catalog does not show it: {}",
                        step.sql,
                        words(&[other])
                    )));
                }
            }
        }
    }
    writer.close().await;
    Ok(())
}

async fn after(
    database: &Database,
    cx: &CallCx,
    subjects: Vec<Subject>,
    before: Vec<Option<super::verdict::Runs>>,
    changed: &mut Changed,
) -> Result<Vec<StatementMeasured>, ToolError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    cx.progress(format!("measuring {} statements after", subjects.len()));
    let after = match measure::measure(database, cx, &subjects, &mut changed.gaps).await {
        Ok(after) => after,
        Err(error) => {
            return Err(ToolError::Failed(format!(
                "the change was made but not measured ({error}); take it back with: {}",
                changed.undo.join("; ")
            )));
        }
    };
    Ok(subjects
        .into_iter()
        .zip(before.into_iter().zip(after))
        .filter_map(|(subject, (before, after))| {
            Some(StatementMeasured::new(subject.brief, subject.sql, before?, after?))
        })
        .collect())
}

/// Keeps the change, or takes it back.
async fn decide(
    database: &Database,
    plan: &ActionPlan,
    keep: bool,
    patience: &Patience,
    changed: &mut Changed,
) -> Result<(), ToolError> {
    let fared: Vec<Fared> = changed.measured.iter().map(|measured| measured.fared).collect();
    let numbers = changed.decisive().map(numbers).unwrap_or_default();
    match against(plan.expect, &fared) {
        None if fared.is_empty() => {
            changed.outcome = Outcome::Applied;
            changed.reason = match plan.expect {
                Expectation::Nothing => "the catalog shows it".to_owned(),
                Expectation::Improve | Expectation::NotWorse => {
                    "the catalog shows it; no statement was measured, so nothing is known of its worth".to_owned()
                }
            };
        }
        None => {
            changed.outcome = Outcome::Kept;
            changed.reason = numbers;
        }
        Some(why) if keep => {
            changed.outcome = Outcome::Kept;
            changed.reason = format!("kept as asked, although {why}: {numbers}");
        }
        Some(why) if changed.undo.is_empty() => {
            changed.outcome = Outcome::Kept;
            changed.reason = format!("{why}, but it cannot be taken back from here: {numbers}");
        }
        Some(why) => {
            // The way back is not interrupted: half of a change is worse than either whole.
            let uninterrupted = CallCx::detached(tokio_util::sync::CancellationToken::new());
            let back = changed.undo.iter().map(|sql| judge::step(sql)).collect::<Result<Vec<_>, _>>()?;
            run(database, &uninterrupted, &back, &[], patience).await.map_err(|error| {
                ToolError::Failed(format!(
                    "{why} ({numbers}), but taking it back failed: {error}; run: {}",
                    changed.undo.join("; ")
                ))
            })?;
            changed.outcome = Outcome::Reverted;
            changed.reason = format!("{why}: {numbers}");
            changed.undo.clear();
        }
    }
    Ok(())
}

fn numbers(measured: &StatementMeasured) -> String {
    let StatementMeasured { statement, before, after, .. } = measured;
    format!(
        "{} pages before, {} after, {} ms before, {} after: {statement}",
        before.buffers, after.buffers, before.ms, after.ms
    )
}

pub(super) fn words(states: &[There]) -> String {
    let each = states.iter().map(|state| match state {
        There::Yes(words)
        | There::No(words)
        | There::Leftover(words)
        | There::InTheWay(words)
        | There::Repeatable(words) => words.clone(),
        There::Building { pid, index } => format!("{index} is being built by session {pid}"),
    });
    each.collect::<Vec<_>>().join("; ")
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
