//! PostgreSQL goes away in the middle of a call: the call ends in words, the next one connects
//! again, and the turn goes on.

use std::time::Duration;

use dbwright_servers::{PostgresOptions, testing};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};

use super::proxy::Proxy;
use crate::support::{
    model_server::{Answer, ModelServer},
    program::{Home, Running},
};

/// Longest that a call may take to notice, its own time limit included. A guard, no measurement.
const PATIENCE: Duration = Duration::from_secs(60);

fn psql(sql: &str) -> Answer {
    Answer::calls("", &[("psql", json!({"sql": sql}))])
}

/// A session that sleeps on the server, and then asks a second question there.
struct Sleeper {
    running: Running,
    server: ModelServer,
    _home: Home,
}

impl Sleeper {
    async fn begin(url: &str) -> Self {
        let home = Home::new();
        let script = vec![psql("select pg_sleep(9)"), psql("select 40 + 2 as answer"), Answer::text("It is 42.")];
        let server = ModelServer::start(script).await;
        let mut running =
            Running::spawn(home.command_with_model(&server.base_url(), &["ask", "--json", "--db", url, "sleep"]));
        running.until("tool_started").await.expect("a call begins");
        Self { running, server, _home: home }
    }

    /// The first call failed in words, the second one worked, the turn has its answer.
    async fn goes_on(mut self) -> String {
        let ended = tokio::time::timeout(PATIENCE, self.running.code()).await;
        let seen = &self.running.seen;
        assert_eq!(ended.ok(), Some(0), "{seen:#?}");
        let finished: Vec<&Value> = seen.iter().filter(|event| event["type"] == "tool_finished").collect();
        assert_eq!(finished[0]["status"], "failed", "{seen:#?}");
        assert_eq!((&finished[1]["status"], &finished[1]["json"]["rows"][0][0]), (&json!("ok"), &json!("42")));
        assert_eq!(seen.last().unwrap()["answer"], "It is 42.");
        assert_eq!(self.server.asked().len(), 3);
        finished[0]["text"].as_str().unwrap().to_owned()
    }
}

/// Waits until the statement is on the server; returns its process there.
async fn sleeping(url: &str) -> i32 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
    let asleep = async {
        loop {
            if let Some(row) = sqlx::query(sql).fetch_optional(&mut connection).await.unwrap() {
                return row.get(0);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asleep).await.expect("the statement runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_terminated_ends_the_call_and_not_the_turn() {
    let database = testing::postgres().await.database("terminated").await;
    let sleeper = Sleeper::begin(&database.url()).await;
    let pid = sleeping(&database.url()).await;
    let mut admin = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&mut admin).await.unwrap();
    let text = sleeper.goes_on().await;
    assert!(text.contains("terminat"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_crashes_and_recovers_is_connected_to_again() {
    let postgres = testing::own_postgres(PostgresOptions::default().setting("restart_after_crash", "on")).await;
    let url = postgres.url("postgres");
    let sleeper = Sleeper::begin(&url).await;
    // One backend killed with SIGKILL: the postmaster ends all others and recovers.
    let backend = rustix::process::Pid::from_raw(sleeping(&url).await).unwrap();
    rustix::process::kill_process(backend, rustix::process::Signal::KILL).unwrap();
    let text = sleeper.goes_on().await;
    assert!(!text.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_the_next_call_is_answered_by_the_new_server() {
    let first = testing::own_postgres(PostgresOptions::default()).await;
    let second = testing::own_postgres(PostgresOptions::default()).await;
    let socket =
        |postgres: &dbwright_servers::Postgres| postgres.socket_dir().join(format!(".s.PGSQL.{}", postgres.port()));
    let proxy = Proxy::to(&socket(&first)).await;
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", proxy.port());
    let sleeper = Sleeper::begin(&url).await;
    sleeping(&first.url("postgres")).await;
    // The first server is stopped at once, in the middle of the call.
    first.stop().await.unwrap();
    proxy.lead_to(&socket(&second));
    let text = sleeper.goes_on().await;
    assert!(!text.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_does_not_hang_the_call() {
    let database = testing::postgres().await.database("frozen").await;
    let server = testing::postgres().await.server();
    let proxy = Proxy::to(&server.socket_dir().join(format!(".s.PGSQL.{}", server.port()))).await;
    let url = format!("postgres://postgres@127.0.0.1:{}/{}", proxy.port(), database.name());
    let mut sleeper = Sleeper::begin(&url).await;
    sleeping(&database.url()).await;
    proxy.freeze();
    let finished = tokio::time::timeout(PATIENCE, sleeper.running.until("tool_finished")).await;
    let finished = finished.expect("the call's own limit ends it").expect("it ends in words");
    assert_eq!(finished["status"], "failed");
    proxy.thaw();
    sleeper.goes_on().await;
}
