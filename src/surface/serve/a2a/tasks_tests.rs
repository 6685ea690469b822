use super::{super::super::courier::Courier, *};

fn task(id: &str, context: &str, state: TaskState) -> Task {
    Task {
        id: id.into(),
        context_id: context.into(),
        status: TaskStatus { state, message: None, timestamp: Some(Utc::now()) },
        artifacts: None,
        history: Some(vec![Message::new(Role::User, vec![Part::text("find slow queries")])]),
        metadata: None,
    }
}

fn pushes() -> Pushes {
    Pushes::new(Courier::new(&[]), Redactor::new())
}

async fn tasks() -> (Store, StoredTasks) {
    let store = Store::in_memory().await.unwrap();
    let tasks = StoredTasks::new(store.clone(), Redactor::new(), pushes());
    (store, tasks)
}

fn restarted(store: &Store) -> StoredTasks {
    StoredTasks::new(store.clone(), Redactor::new(), pushes())
}

#[tokio::test]
async fn a_finished_task_is_there_after_a_restart_and_cannot_change() {
    let (store, tasks) = tasks().await;
    tasks.create(task("t1", "c", TaskState::Submitted)).await.unwrap();
    tasks.update(task("t1", "c", TaskState::Working)).await.unwrap();
    tasks.update(task("t1", "c", TaskState::Completed)).await.unwrap();
    let again = restarted(&store);
    assert_eq!(again.get("t1").await.unwrap().unwrap().status.state, TaskState::Completed);
    again.update(task("t1", "c", TaskState::Completed)).await.unwrap();
    assert!(again.update(task("t1", "c", TaskState::Failed)).await.is_err());
    assert_eq!(again.begin_cancel("t1").await.unwrap_err().code, a2a::error_code::TASK_NOT_CANCELABLE);
    assert!(again.get("t2").await.unwrap().is_none());
}

#[tokio::test]
async fn a_task_that_waits_for_input_goes_on_after_a_restart() {
    let (store, tasks) = tasks().await;
    tasks.create(task("t1", "c", TaskState::Submitted)).await.unwrap();
    tasks.update(task("t1", "c", TaskState::InputRequired)).await.unwrap();
    let again = restarted(&store);
    assert_eq!(again.get("t1").await.unwrap().unwrap().status.state, TaskState::InputRequired);
    again.update(task("t1", "c", TaskState::Working)).await.unwrap();
    again.update(task("t1", "c", TaskState::InputRequired)).await.unwrap();
    again.update(task("t1", "c", TaskState::Working)).await.unwrap();
    again.update(task("t1", "c", TaskState::Completed)).await.unwrap();
    assert_eq!(restarted(&store).get("t1").await.unwrap().unwrap().status.state, TaskState::Completed);
}

#[tokio::test]
async fn a_running_task_belongs_to_its_daemon_until_the_lease_runs_out() {
    let (store, tasks) = tasks().await;
    tasks.create(task("t1", "c", TaskState::Submitted)).await.unwrap();
    tasks.update(task("t1", "c", TaskState::Working)).await.unwrap();
    let other = restarted(&store);
    assert_eq!(other.get("t1").await.unwrap().unwrap().status.state, TaskState::Working);
    assert!(other.update(task("t1", "c", TaskState::Completed)).await.is_err());
    let held = tasks.held.lock().await.remove("t1").unwrap();
    store.heartbeat(&held.claim, Duration::ZERO).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let lost = other.get("t1").await.unwrap().unwrap();
    assert_eq!(lost.status.state, TaskState::Failed);
    assert!(serde_json::to_string(&lost.status.message).unwrap().contains("send the message again"));
}

#[tokio::test]
async fn a_daemon_that_stops_says_so_in_its_tasks() {
    let (store, tasks) = tasks().await;
    tasks.create(task("t1", "c", TaskState::Working)).await.unwrap();
    tasks.settle().await;
    let ended = restarted(&store).get("t1").await.unwrap().unwrap();
    assert_eq!(ended.status.state, TaskState::Canceled);
    assert!(serde_json::to_string(&ended.status.message).unwrap().contains("send the message again"));
}

#[tokio::test]
async fn cancelling_ends_a_task_once() {
    let (store, tasks) = tasks().await;
    tasks.create(task("t1", "c", TaskState::Working)).await.unwrap();
    assert_eq!(tasks.begin_cancel("t1").await.unwrap().status.state, TaskState::Canceled);
    assert_eq!(tasks.begin_cancel("t1").await.unwrap_err().code, a2a::error_code::TASK_NOT_CANCELABLE);
    assert_eq!(restarted(&store).get("t1").await.unwrap().unwrap().status.state, TaskState::Canceled);
    assert_eq!(tasks.begin_cancel("t9").await.unwrap_err().code, a2a::error_code::TASK_NOT_FOUND);
}

#[tokio::test]
async fn listing_filters_and_pages() {
    let (_store, tasks) = tasks().await;
    for n in 0..5 {
        let context = if n < 3 { "c" } else { "d" };
        tasks.create(task(&format!("t{n}"), context, TaskState::Working)).await.unwrap();
    }
    tasks.update(task("t0", "c", TaskState::Completed)).await.unwrap();
    let ask = |context: Option<&str>, size: i32, token: Option<&str>| ListTasksRequest {
        context_id: context.map(str::to_owned),
        status: None,
        page_size: Some(size),
        page_token: token.map(str::to_owned),
        history_length: None,
        status_timestamp_after: None,
        include_artifacts: None,
        tenant: None,
    };
    let first = tasks.list(&ask(Some("c"), 2, None)).await.unwrap();
    assert_eq!((first.tasks.len(), first.total_size, first.next_page_token.as_str()), (2, 3, "2"));
    let second = tasks.list(&ask(Some("c"), 2, Some("2"))).await.unwrap();
    assert_eq!((second.tasks.len(), second.next_page_token.as_str()), (1, ""));
    let done = ListTasksRequest { status: Some(TaskState::Completed), ..ask(None, 10, None) };
    assert_eq!(tasks.list(&done).await.unwrap().tasks.len(), 1);
    assert!(tasks.list(&ask(None, 2, Some("x"))).await.is_err());
}

#[tokio::test]
async fn secrets_do_not_reach_the_store() {
    let store = Store::in_memory().await.unwrap();
    let redactor = Redactor::new().knows(secrecy::SecretString::from("hunter2hunter2"));
    let tasks = StoredTasks::new(store.clone(), redactor, pushes());
    let mut asked = task("t1", "c", TaskState::Submitted);
    asked.history = Some(vec![Message::new(Role::User, vec![Part::text("my password is hunter2hunter2")])]);
    tasks.create(asked).await.unwrap();
    let row = store.task_by_key("a2a t1").await.unwrap().unwrap();
    assert!(!row.input.to_string().contains("hunter2"));
}
