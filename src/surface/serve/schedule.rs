//! Reviews by the clock.
//!
//! What is due stands in the store: a fire becomes a task there, once, whichever of the daemons
//! that share the store is first. What came due while no daemon ran is made up for once.

mod plan;
mod rights;
mod work;

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use dbwright_memory::{NewTask, Schedule, Store, StoreError, new_id};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub(super) use self::plan::{Plan, plans};
use self::work::Worker;
use super::courier::Courier;
use crate::{assemble::Specialist, surface::Console};

/// Longest sleep: the wall clock may be set while we wait, and another daemon may leave work.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Pause after the store has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often a fire may be begun: again after a daemon was lost in the middle of it.
const MAX_ATTEMPTS: i64 = 3;

/// Runs what is due until cancelled, one review at a time.
pub(super) async fn keep(
    plans: Vec<Plan>,
    specialist: Arc<Specialist>,
    console: Console,
    courier: Courier,
    cancel: CancellationToken,
) {
    if plans.is_empty() {
        return;
    }
    let store = specialist.store.clone();
    let worker = Worker::new(new_id(), specialist, console.clone(), courier, cancel.clone());
    tokio::select! {
        () = cancel.cancelled() => return,
        () = worker.announce(&plans) => {}
    }
    let mut written = false;
    loop {
        let round = async {
            if !written {
                write(&store, &plans).await?;
                written = true;
            }
            bring_forward(&store, &plans).await?;
            fire(&store, &plans).await?;
            worker.work(&plans).await?;
            pause(&store, &plans).await
        };
        let pause = round.await.unwrap_or_else(|error| {
            console.complain(format!("schedules: {error}"));
            AFTER_FAILURE
        });
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Puts the plans where they outlive us. An instant that is set already stays, so that a fire that
/// was missed is made up for.
async fn write(store: &Store, plans: &[Plan]) -> Result<(), StoreError> {
    for plan in plans {
        let schedule = Schedule {
            id: plan.name.clone(),
            cron: plan.cron_text.clone(),
            spec: json!({"targets": plan.target_names()}),
            enabled: true,
            next_at: plan.next_after(Utc::now()),
        };
        store.put_schedule(&schedule).await?;
    }
    Ok(())
}

/// An instant that lies further ahead than the plan's next one was set while the clock was wrong:
/// waiting for it would lose every fire between. What has fired already does not fire again.
async fn bring_forward(store: &Store, plans: &[Plan]) -> Result<(), StoreError> {
    for known in store.schedules().await? {
        let plan = plans.iter().find(|plan| plan.name == known.id && plan.cron_text == known.cron);
        if let Some(next) = plan.and_then(|plan| plan.next_after(Utc::now())) {
            store.bring_forward(&known, next).await?;
        }
    }
    Ok(())
}

/// Makes tasks of what is due, however late, once for each schedule.
async fn fire(store: &Store, plans: &[Plan]) -> Result<(), StoreError> {
    for due in store.due_schedules().await? {
        let Some(plan) = plans.iter().find(|plan| plan.name == due.id && plan.cron_text == due.cron) else { continue };
        let Some(at) = due.next_at else { continue };
        // The store's clock decides what is due and may be ahead of ours.
        let next = plan.next_after(Utc::now().max(at));
        let task = NewTask {
            idempotency_key: Some(format!("{} {}", plan.kind(), at.timestamp_millis())),
            max_attempts: MAX_ATTEMPTS,
            ..NewTask::new(plan.kind(), json!({"schedule": plan.name, "fire_at": at}))
        };
        store.fire(&plan.name, at, next, &task).await?;
    }
    Ok(())
}

async fn pause(store: &Store, plans: &[Plan]) -> Result<Duration, StoreError> {
    let schedules = store.schedules().await?;
    let ours = schedules.iter().filter(|known| plans.iter().any(|plan| plan.name == known.id));
    let next = ours.filter_map(|schedule| schedule.next_at).min();
    let wait = next.map_or(LONGEST_SLEEP, |at| (at - Utc::now()).to_std().unwrap_or_default());
    // A moment more, for a clock of the store's that is behind ours: due is what it says.
    Ok((wait + Duration::from_millis(20)).min(LONGEST_SLEEP))
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
