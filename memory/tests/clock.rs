//! A clock that is set forwards and back: what was stored while it was wrong holds nothing up, and
//! nothing happens twice. A stored instant that is moved is the same as a clock that was.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use dbwright_memory::{Door, JournalEntry, NewSession, NewTask, Outcome, Schedule, StoreError, StoreUrl};
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use support::Fixture;

const LEASE: Duration = Duration::from_secs(60);
/// How far the clock was ahead, in milliseconds.
const DAY: i64 = 86_400_000;

/// Runs SQL beside the store, as nobody should.
async fn beside(fixture: &Fixture, sql: String) {
    match &fixture.url {
        StoreUrl::File(path) => {
            let url = format!("sqlite://{}", path.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
            connection.close().await.unwrap();
        }
        StoreUrl::Postgres(url) => {
            let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
            connection.execute(AssertSqlSafe(format!("SET search_path TO dbwright; {sql}"))).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

async fn a_lease_from_a_day_ahead_holds_nobody_up(fixture: &Fixture) {
    let store = &fixture.store;
    store.enqueue(&NewTask::new("review", json!({}))).await.unwrap();
    let lost = store.claim_task("w1", &["review"], LEASE).await.unwrap().unwrap();
    let target = store.lease_target("shop", "w1", LEASE).await.unwrap().unwrap();
    assert!(store.claim_task("w2", &["review"], LEASE).await.unwrap().is_none());
    beside(fixture, format!("UPDATE tasks SET lease_until = lease_until + {DAY}")).await;
    beside(fixture, format!("UPDATE targets SET lease_until = lease_until + {DAY}")).await;
    let taken = store.claim_task("w2", &["review"], LEASE).await.unwrap().unwrap();
    assert!(store.lease_target("shop", "w2", LEASE).await.unwrap().is_some());
    // The first worker may still live: what it writes is refused, so nothing is done twice.
    let late = store.finish_task(&lost, Outcome::Done(json!({}))).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    assert!(matches!(store.renew_target(&target, LEASE).await, Err(StoreError::LeaseLost { .. })));
    store.finish_task(&taken, Outcome::Done(json!({}))).await.unwrap();
}

async fn no_lease_is_longer_than_is_believed(fixture: &Fixture) {
    let store = &fixture.store;
    store.enqueue(&NewTask::new("review", json!({}))).await.unwrap();
    store.claim_task("w1", &["review"], Duration::from_secs(30 * 86_400)).await.unwrap().unwrap();
    assert!(store.claim_task("w2", &["review"], LEASE).await.unwrap().is_none(), "an hour is left of it");
}

async fn a_fire_whose_instant_comes_twice_runs_once(fixture: &Fixture) {
    let store = &fixture.store;
    let noon = Utc::now() - TimeDelta::minutes(1);
    let one = noon + TimeDelta::hours(1);
    let schedule =
        Schedule { id: "hourly".into(), cron: "0 * * * *".into(), spec: json!({}), enabled: true, next_at: Some(noon) };
    store.put_schedule(&schedule).await.unwrap();
    let task = NewTask::new("review", json!({}));
    assert!(store.fire("hourly", noon, Some(one), &task).await.unwrap().is_some());
    // The clock is set back before noon: the plan's next instant is noon once more.
    let known = store.schedules().await.unwrap().remove(0);
    store.bring_forward(&known, noon).await.unwrap();
    assert_eq!(store.due_schedules().await.unwrap().len(), 1);
    assert_eq!(store.fire("hourly", noon, Some(one), &task).await.unwrap(), None, "it has fired for noon");
    assert!(store.due_schedules().await.unwrap().is_empty(), "and goes on with one o'clock");
    let left = store.schedules().await.unwrap().remove(0).next_at.unwrap();
    assert_eq!(left.timestamp_millis(), one.timestamp_millis());
}

async fn a_fire_set_for_next_year_is_brought_forward(fixture: &Fixture) {
    let store = &fixture.store;
    let far = Utc::now() + TimeDelta::days(365);
    let schedule =
        Schedule { id: "daily".into(), cron: "0 3 * * *".into(), spec: json!({}), enabled: true, next_at: Some(far) };
    store.put_schedule(&schedule).await.unwrap();
    let known = store.schedules().await.unwrap().remove(0);
    let next = Utc::now() + TimeDelta::hours(5);
    store.bring_forward(&known, next).await.unwrap();
    let stored = store.schedules().await.unwrap().remove(0);
    assert_eq!(stored.next_at.unwrap().timestamp_millis(), next.timestamp_millis());
    // Never later: a fire that was missed is made up for.
    store.bring_forward(&stored, far).await.unwrap();
    assert_eq!(store.schedules().await.unwrap().remove(0), stored);
}

async fn events_keep_their_order_when_the_clock_goes_back(fixture: &Fixture) {
    let store = &fixture.store;
    store.create_session(&NewSession::new("s", "t", Door::Ask)).await.unwrap();
    store.append("s", &[JournalEntry::new("text", json!(1))]).await.unwrap();
    beside(fixture, format!("UPDATE journal SET at = at + {DAY}")).await;
    beside(fixture, format!("UPDATE sessions SET last_at = last_at + {DAY}, started_at = started_at + {DAY}")).await;
    assert_eq!(store.append("s", &[JournalEntry::new("text", json!(2))]).await.unwrap(), 2);
    let stored = store.entries("s", 0).await.unwrap();
    let payloads: Vec<_> = stored.iter().map(|entry| (entry.seq, entry.payload.clone())).collect();
    assert_eq!(payloads, [(1, json!(1)), (2, json!(2))]);
}

on_both!(
    a_lease_from_a_day_ahead_holds_nobody_up,
    no_lease_is_longer_than_is_believed,
    a_fire_whose_instant_comes_twice_runs_once,
    a_fire_set_for_next_year_is_brought_forward,
    events_keep_their_order_when_the_clock_goes_back,
);
