//! Real servers, from start to end.

// Helpers of tests fail like tests.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use dbwright_servers::{Detached, Postgres, PostgresBinaries, PostgresOptions, RedisOptions, ServersError, testing};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use sqlx::{Connection, PgConnection};

async fn one(url: &str, query: &'static str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}

fn alive(pid: u32) -> bool {
    // A process that ended but was not waited for yet is not alive.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A bounded wait for something that another process does.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn postgres_answers_and_leaves_nothing() {
    let postgres = testing::own_postgres(PostgresOptions::default().setting("work_mem", "7MB")).await;
    let version = one(&postgres.url("postgres"), "SHOW server_version").await;
    assert!(version.starts_with(&postgres.version().to_string()), "{version}");
    assert_eq!(one(&postgres.url("postgres"), "SHOW work_mem").await, "7MB");
    assert_eq!(one(&postgres.url("postgres"), "SHOW fsync").await, "off");
    assert_eq!(one(&postgres.url("postgres"), "SHOW listen_addresses").await, "");
    assert_eq!(one(&postgres.url("postgres"), "SHOW server_encoding").await, "UTF8");
    assert!(one(&postgres.url("postgres"), "SHOW shared_preload_libraries").await.contains("pg_stat_statements"));
    let (dir, pid) = (postgres.dir().to_owned(), postgres.pid().unwrap());
    assert!(alive(pid));
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700, "nobody else reaches the socket");
    postgres.stop().await.unwrap();
    assert!(!dir.exists());
    assert!(!alive(pid));
}

#[tokio::test]
async fn durable_servers_keep_the_defaults() {
    let postgres =
        testing::own_postgres(PostgresOptions { durable: true, autovacuum: true, ..Default::default() }).await;
    for setting in ["SHOW fsync", "SHOW full_page_writes", "SHOW synchronous_commit", "SHOW autovacuum"] {
        assert_eq!(one(&postgres.url("postgres"), setting).await, "on", "{setting}");
    }
    assert_eq!(one(&postgres.url("postgres"), "SHOW wal_level").await, "replica");
}

#[tokio::test]
async fn libpq_takes_the_same_url() {
    let programs = PostgresBinaries::all().into_iter().map(|binaries| binaries.program("psql"));
    let psql = programs.into_iter().find(|psql| psql.exists()).expect("psql is in the package postgresql-client");
    let postgres = testing::postgres().await;
    let run = Command::new(psql).args([&postgres.url("postgres"), "-Atc", "SELECT 41 + 1"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stdout).trim(), "42", "{}", String::from_utf8_lossy(&run.stderr));
}

#[tokio::test]
async fn dropping_a_server_ends_it() {
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    let (dir, pid) = (postgres.dir().to_owned(), postgres.pid().unwrap());
    drop(postgres);
    assert!(!dir.exists() && !alive(pid));
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let options = PostgresOptions::default().setting("no_such_setting", "1");
    let error = Postgres::start(&testing::postgres_binaries(), options).await.unwrap_err();
    assert!(matches!(&error, ServersError::Start { log, .. } if log.contains("no_such_setting")), "{error}");
}

#[tokio::test]
async fn redis_answers_and_leaves_nothing() {
    let redis = testing::own_redis(RedisOptions::default().setting("maxmemory", "50mb")).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await.unwrap();
    assert!(info.contains(&format!("redis_version:{}", redis.version())));
    let limit: Vec<String> =
        redis::cmd("CONFIG").arg("GET").arg("maxmemory").query_async(&mut connection).await.unwrap();
    assert_eq!(limit, ["maxmemory", "52428800"]);
    let (dir, pid) = (redis.dir().to_owned(), redis.pid().unwrap());
    redis.stop().await.unwrap();
    assert!(!dir.exists() && !alive(pid));
}

#[tokio::test]
async fn a_redis_busy_with_a_script_ends_too() {
    let redis = testing::own_redis(RedisOptions::default()).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let busy = tokio::spawn(async move {
        redis::cmd("EVAL").arg("while true do end").arg(0).query_async::<String>(&mut connection).await
    });
    tokio::task::yield_now().await;
    let dir = redis.dir().to_owned();
    redis.stop().await.unwrap();
    assert!(!dir.exists());
    assert!(busy.await.unwrap().is_err());
}

#[tokio::test]
async fn a_kept_server_is_found_and_stopped_later() {
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    let pid = postgres.pid().unwrap();
    let kept = postgres.detach().unwrap();
    assert_eq!(one(&kept.url("template1"), "SELECT current_database()::text").await, "template1");
    let found = Detached::all().unwrap().into_iter().find(|other| other.dir == kept.dir).unwrap();
    assert_eq!(found, kept);
    found.stop().await.unwrap();
    assert!(!kept.dir.exists());
    assert!(!alive(pid));
}

/// Run by the next test in a process of its own: starts servers, says where, and waits to be killed.
#[tokio::test]
async fn holder() {
    let Some(report) = std::env::var_os("DBWRIGHT_TEST_HOLDER") else { return };
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    let redis = testing::own_redis(RedisOptions::default()).await;
    let shared = testing::postgres().await;
    let lines = [postgres.dir(), redis.dir(), shared.dir()].map(|dir| dir.display().to_string());
    let pids = [postgres.pid(), redis.pid()].map(|pid| pid.unwrap().to_string());
    let report = PathBuf::from(report);
    fs::write(report.with_extension("new"), [&lines[..], &pids[..]].concat().join("\n")).unwrap();
    fs::rename(report.with_extension("new"), report).unwrap();
    std::future::pending::<()>().await;
}

struct Holder {
    process: std::process::Child,
    postgres: PathBuf,
    redis: PathBuf,
    shared: PathBuf,
    pids: Vec<u32>,
}

fn hold(folder: &Path, name: &str) -> Holder {
    let report = folder.join(name);
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holder", "--nocapture"])
        .env("DBWRIGHT_TEST_HOLDER", &report)
        .spawn()
        .unwrap();
    wait_until("the servers of another process", || report.exists());
    let text = fs::read_to_string(&report).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let [postgres, redis, shared] = [0, 1, 2].map(|index| PathBuf::from(lines[index]));
    Holder { process, postgres, redis, shared, pids: lines[3..].iter().map(|pid| pid.parse().unwrap()).collect() }
}

#[test]
fn a_killed_parent_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = hold(folder.path(), "killed");
    assert!(holder.pids.iter().all(|pid| alive(*pid)));
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    for dir in [&holder.postgres, &holder.redis] {
        wait_until("a folder to go", || !dir.exists());
    }
    wait_until("the servers to end", || !holder.pids.iter().any(|pid| alive(*pid)));
}

/// The process that started `pid`.
fn parent(pid: u32) -> Pid {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let parent = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap();
    Pid::from_raw(parent.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_server_ends_with_its_guard() {
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    let (dir, pid) = (postgres.dir().to_owned(), postgres.pid().unwrap());
    kill_process(parent(pid), Signal::KILL).unwrap();
    wait_until("the server to end", || !alive(pid));
    drop(postgres);
    wait_until("the watcher to remove the folder", || !dir.exists());
}

#[tokio::test]
async fn what_a_lost_guard_leaves_goes_before_the_next_start() {
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    let (dir, pid) = (postgres.dir().to_owned(), postgres.pid().unwrap());
    // Guard, watcher and server are one group, all killed at once: nothing is left to clean up.
    kill_process_group(parent(pid), Signal::KILL).unwrap();
    wait_until("the server to end", || !alive(pid));
    drop(postgres);
    assert!(dir.exists());
    let next = testing::own_redis(RedisOptions::default()).await;
    assert!(!dir.exists());
    next.stop().await.unwrap();
}

#[test]
fn processes_share_a_cluster_while_one_of_them_lives() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = hold(folder.path(), "first");
    let mut second = hold(folder.path(), "second");
    assert_eq!(first.shared, second.shared);
    assert_ne!(first.postgres, second.postgres);
    first.process.kill().unwrap();
    first.process.wait().unwrap();
    wait_until("the first to be cleaned up", || !first.postgres.exists());
    assert!(second.shared.is_dir(), "the second still uses it");
    second.process.kill().unwrap();
    second.process.wait().unwrap();
    wait_until("the second to be cleaned up", || !second.postgres.exists());
}

#[tokio::test]
async fn a_database_for_each_test_and_gone_with_it() {
    let postgres = testing::postgres().await;
    let (first, second) = (postgres.database("Orders & more").await, postgres.database("Orders & more").await);
    assert_ne!(first.name(), second.name());
    assert_eq!(one(&first.url(), "SELECT current_database()::text").await, first.name());
    let name = first.name().to_owned();
    let mut held = PgConnection::connect(&first.url()).await.unwrap();
    drop(first);
    assert!(sqlx::query("SELECT 1").execute(&mut held).await.is_err(), "its sessions end with it");
    let mut connection = PgConnection::connect(&second.url()).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn roles_and_databases_are_reached_by_name() {
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    postgres.create_database("shop \"eu\"").await.unwrap();
    let error = postgres.create_database("shop \"eu\"").await.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
    let mut connection = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    sqlx::query("CREATE ROLE reader LOGIN").execute(&mut connection).await.unwrap();
    assert_eq!(one(&postgres.url_as("reader", "postgres"), "SELECT current_user::text").await, "reader");
    postgres.drop_database("shop \"eu\"").await.unwrap();
}

#[test]
fn programs_of_the_machine_come_before_private_copies() {
    let all = PostgresBinaries::all();
    let is_private = |binaries: &PostgresBinaries| binaries.bin_dir.ends_with("native/bin");
    assert!(all.is_sorted_by_key(|binaries| (is_private(binaries), std::cmp::Reverse(binaries.version))), "{all:?}");
    assert_eq!(PostgresBinaries::find(13).as_ref(), all.iter().find(|binaries| binaries.version.major >= 13));
}

#[tokio::test]
async fn an_existing_cluster_is_not_touched() {
    // A folder that looks like a cluster, with a lock file naming a living process, beside ours.
    let root = Path::new("/tmp");
    let foreign = tempfile::Builder::new().prefix("pgdata-").tempdir_in(root).unwrap();
    fs::write(foreign.path().join("PG_VERSION"), "15\n").unwrap();
    fs::write(foreign.path().join("postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
    let system = Path::new("/etc/postgresql");
    let before = listing(system);
    let postgres = testing::own_postgres(PostgresOptions::default()).await;
    assert!(!postgres.dir().starts_with(foreign.path()));
    postgres.stop().await.unwrap();
    assert_eq!(fs::read_to_string(foreign.path().join("PG_VERSION")).unwrap(), "15\n");
    assert!(foreign.path().join("postmaster.pid").exists());
    assert_eq!(listing(system), before, "no cluster was configured");
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        found.push(entry.path());
        if entry.path().is_dir() {
            found.extend(listing(&entry.path()));
        }
    }
    found.sort();
    found
}
