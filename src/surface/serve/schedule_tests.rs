use chrono::{DateTime, TimeDelta};
use dbwright_memory::TaskState;
use dbwright_postgres::Databases;

use super::*;
use crate::config::ScheduleSettings;

fn hourly() -> Vec<Plan> {
    let settings = ScheduleSettings {
        name: "hourly".into(),
        cron: "0 * * * *".into(),
        targets: Vec::new(),
        fail_on: None,
        notify: None,
    };
    plans(&[settings], &Databases::default(), None, &Courier::new(&[])).unwrap()
}

async fn missed(store: &Store, plans: &[Plan], at: DateTime<Utc>) {
    write(store, plans).await.unwrap();
    // The schedule as a daemon left it that was stopped three hours ago.
    let mut schedule = store.schedules().await.unwrap().remove(0);
    store.remove_schedule("hourly").await.unwrap();
    schedule.next_at = Some(at);
    store.put_schedule(&schedule).await.unwrap();
    write(store, plans).await.unwrap();
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once() {
    let store = Store::in_memory().await.unwrap();
    let plans = hourly();
    missed(&store, &plans, Utc::now() - TimeDelta::hours(3)).await;
    fire(&store, &plans).await.unwrap();
    fire(&store, &plans).await.unwrap();
    let tasks = store.list_tasks(Some(TaskState::Ready), 10).await.unwrap();
    assert_eq!(tasks.len(), 1);
    assert!(store.schedules().await.unwrap()[0].next_at.unwrap() > Utc::now());
}

#[tokio::test]
async fn several_daemons_fire_once() {
    let store = Store::in_memory().await.unwrap();
    let plans = hourly();
    missed(&store, &plans, Utc::now() - TimeDelta::hours(1)).await;
    let due = store.due_schedules().await.unwrap().remove(0);
    fire(&store, &plans).await.unwrap();
    // The other daemon has read the same due schedule before.
    let at = due.next_at.unwrap();
    let task = NewTask::new(plans[0].kind(), json!({}));
    assert!(store.fire("hourly", at, plans[0].next_after(at), &task).await.unwrap().is_none());
    assert_eq!(store.list_tasks(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn schedules_of_other_daemons_are_left_alone() {
    let store = Store::in_memory().await.unwrap();
    let plans = hourly();
    missed(&store, &plans, Utc::now() - TimeDelta::hours(1)).await;
    fire(&store, &[]).await.unwrap();
    assert!(store.list_tasks(None, 10).await.unwrap().is_empty());
}
