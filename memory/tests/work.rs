//! Tasks, schedules and targets among several workers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use dbwright_memory::{NewTask, Outcome, Schedule, StoreError, TaskState};
use serde_json::json;
use support::Fixture;

const LONG: Duration = Duration::from_secs(60);
/// A lease that has run out by the time anybody looks.
const NONE: Duration = Duration::ZERO;

/// Waits until the database's clock has moved on.
async fn tick() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

async fn tasks(fixture: &Fixture) {
    let store = &fixture.store;
    let mut review = NewTask::new("review", json!({"target": "shop"}));
    review.idempotency_key = Some("k1".to_owned());
    let task = store.enqueue(&review).await.unwrap();
    assert_eq!(store.enqueue(&review).await.unwrap().id, task.id, "the same key is the same task");
    let mut urgent = NewTask::new("review", json!({}));
    urgent.priority = -1;
    let urgent = store.enqueue(&urgent).await.unwrap();
    let mut later = NewTask::new("review", json!({}));
    later.run_at = Some(Utc::now() + TimeDelta::hours(1));
    let later = store.enqueue(&later).await.unwrap();

    assert!(store.claim_task("w1", &["other"], LONG).await.unwrap().is_none());
    let claim = store.claim_task("w1", &["other", "review"], LONG).await.unwrap().unwrap();
    assert_eq!((claim.task.id.as_str(), claim.task.attempts), (urgent.id.as_str(), 1));
    assert!(!store.heartbeat(&claim, LONG).await.unwrap());
    store.request_cancel(&urgent.id).await.unwrap();
    assert!(store.heartbeat(&claim, LONG).await.unwrap(), "the worker learns of the wish");
    store.finish_task(&claim, Outcome::Cancelled).await.unwrap();
    assert_eq!(store.task(&urgent.id).await.unwrap().state, TaskState::Cancelled);

    let claim = store.claim_task("w1", &["review"], LONG).await.unwrap().unwrap();
    store.note_result(&claim, &json!({"findings": 1})).await.unwrap();
    let so_far = store.task_by_key("k1").await.unwrap().unwrap();
    assert_eq!((so_far.id.as_str(), so_far.state), (task.id.as_str(), TaskState::Running));
    assert_eq!(so_far.result, Some(json!({"findings": 1})));
    assert!(store.task_by_key("k2").await.unwrap().is_none());
    store.finish_task(&claim, Outcome::Done(json!({"findings": 3}))).await.unwrap();
    assert!(matches!(store.note_result(&claim, &json!({})).await, Err(StoreError::LeaseLost { .. })));
    let done = store.task(&task.id).await.unwrap();
    assert_eq!((done.state, done.result), (TaskState::Done, Some(json!({"findings": 3}))));
    assert!(matches!(store.finish_task(&claim, Outcome::Cancelled).await, Err(StoreError::LeaseLost { .. })));

    assert!(store.claim_task("w1", &["review"], LONG).await.unwrap().is_none(), "the last one waits for its hour");
    assert_eq!(store.request_cancel(&later.id).await.unwrap().state, TaskState::Cancelled);
    assert_eq!(store.list_tasks(Some(TaskState::Cancelled), 10).await.unwrap().len(), 2);
    assert!(matches!(store.request_cancel("nope").await, Err(StoreError::NotFound { .. })));
}

async fn lost_workers(fixture: &Fixture) {
    let store = &fixture.store;
    let mut new = NewTask::new("review", json!({}));
    new.max_attempts = 2;
    store.enqueue(&new).await.unwrap();
    let first = store.claim_task("w1", &["review"], NONE).await.unwrap().unwrap();
    tick().await;
    let second = store.claim_task("w2", &["review"], NONE).await.unwrap().unwrap();
    assert_eq!((&first.task.id, second.task.attempts), (&second.task.id, 2));
    // The first one wakes up: nothing that it writes gets in.
    assert!(matches!(store.heartbeat(&first, LONG).await, Err(StoreError::LeaseLost { .. })));
    let late = store.finish_task(&first, Outcome::Done(json!("late"))).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })));
    tick().await;
    assert!(store.claim_task("w3", &["review"], LONG).await.unwrap().is_none(), "begun too often");
    let failed = store.task(&first.task.id).await.unwrap();
    assert_eq!(failed.state, TaskState::Failed);

    let again = store.enqueue(&NewTask::new("review", json!({}))).await.unwrap();
    let claim = store.claim_task("w1", &["review"], LONG).await.unwrap().unwrap();
    store.release_task(&claim, Utc::now() - TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(store.claim_task("w2", &["review"], LONG).await.unwrap().unwrap().task.id, again.id);
}

async fn many_workers(fixture: &Fixture) {
    for number in 0..40 {
        fixture.store.enqueue(&NewTask::new("review", json!(number))).await.unwrap();
    }
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let store = fixture.reopen().await;
        workers.spawn(async move {
            let mut taken = Vec::new();
            while let Some(claim) = store.claim_task(&format!("w{worker}"), &["review"], LONG).await.unwrap() {
                store.finish_task(&claim, Outcome::Done(json!(worker))).await.unwrap();
                taken.push(claim.task.id);
            }
            taken
        });
    }
    let mut taken = workers.join_all().await.concat();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 40, "each task once");
}

async fn schedules(fixture: &Fixture) {
    let store = &fixture.store;
    let due = Utc::now() - TimeDelta::minutes(1);
    let nightly = Schedule {
        id: "nightly".to_owned(),
        cron: "0 3 * * *".to_owned(),
        spec: json!({"targets": ["shop"]}),
        enabled: true,
        next_at: Some(due),
    };
    store.put_schedule(&nightly).await.unwrap();
    // A restart computes a later instant; the one that is due stays due.
    store.put_schedule(&Schedule { next_at: Some(Utc::now() + TimeDelta::days(1)), ..nightly.clone() }).await.unwrap();
    let found = store.due_schedules().await.unwrap();
    assert_eq!(found.len(), 1);
    let fire_at = found[0].next_at.unwrap();
    assert_eq!(fire_at.timestamp_millis(), due.timestamp_millis());

    let next = fire_at + TimeDelta::days(1);
    let mut processes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = fixture.reopen().await;
        processes.spawn(async move {
            store.fire("nightly", fire_at, Some(next), &NewTask::new("review", json!({}))).await.unwrap()
        });
    }
    let fired: Vec<_> = processes.join_all().await.into_iter().flatten().collect();
    assert_eq!(fired.len(), 1, "one process fires");
    assert_eq!(store.due_schedules().await.unwrap(), []);
    assert_eq!(store.list_tasks(None, 10).await.unwrap(), fired);

    let paused = Schedule { cron: "0 4 * * *".to_owned(), enabled: false, ..nightly };
    store.put_schedule(&paused).await.unwrap();
    assert_eq!(store.due_schedules().await.unwrap(), [], "a paused schedule is never due");
    assert_eq!(store.schedules().await.unwrap()[0].cron, "0 4 * * *");
    store.remove_schedule("nightly").await.unwrap();
    assert!(matches!(store.remove_schedule("nightly").await, Err(StoreError::NotFound { .. })));
}

async fn targets(fixture: &Fixture) {
    let store = &fixture.store;
    let held = store.lease_target("shop", "w1", LONG).await.unwrap().unwrap();
    assert_eq!(store.lease_target("shop", "w2", LONG).await.unwrap(), None);
    store.renew_target(&held, NONE).await.unwrap();
    tick().await;
    let taken = store.lease_target("shop", "w2", LONG).await.unwrap().unwrap();
    assert!(matches!(store.renew_target(&held, LONG).await, Err(StoreError::LeaseLost { .. })));
    assert!(matches!(store.release_target(held).await, Err(StoreError::LeaseLost { .. })));
    store.release_target(taken).await.unwrap();
    assert!(store.lease_target("shop", "w1", LONG).await.unwrap().is_some());
}

async fn reviews(fixture: &Fixture) {
    let store = &fixture.store;
    assert_eq!(store.last_review("shop").await.unwrap(), None);
    store.save_review("shop", Some("s1"), &json!({"findings": [], "dsn": "postgres://a:topsecret@h/d"})).await.unwrap();
    tick().await;
    let second = store.save_review("shop", None, &json!({"findings": [1]})).await.unwrap();
    let last = store.last_review("shop").await.unwrap().unwrap();
    assert_eq!((last.id, last.review), (second, json!({"findings": [1]})));
    let all = store.reviews("shop", 10).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(!all[1].review.to_string().contains("topsecret"));
    assert_eq!(store.last_review("other").await.unwrap(), None);
}

on_both!(tasks, lost_workers, many_workers, schedules, targets, reviews);
