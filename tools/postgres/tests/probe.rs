//! Probes: our own SQL on real servers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::ToolError;
use dbwright_postgres::{Database, DatabaseConfig, Databases, PgError, ProbeLimits, until_cancelled};
use dbwright_servers::{PostgresOptions, testing::own_postgres};
use sqlx::{Connection, PgConnection};
use support::{Fixture, cx};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_probe_is_read_only_and_its_connection_is_kept() {
    let fixture = Fixture::new("probe").await;
    let mut probe = fixture.db.probe().await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(probe.connection()).await.unwrap();
    let error = sqlx::query("CREATE TABLE public.x (i int)").execute(probe.connection()).await.unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    probe.finish().await;
    let mut probe = fixture.db.probe().await.unwrap();
    let again: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(probe.connection()).await.unwrap();
    assert_eq!(pid, again);
    let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(probe.connection()).await.unwrap();
    assert_eq!(path, "pg_catalog, pg_temp");
    probe.finish().await;
}

#[tokio::test]
async fn a_probe_does_not_wait_behind_a_lock() {
    let fixture = Fixture::new("probe_lock").await;
    fixture.sql("CREATE TABLE t (i int)").await;
    let _holder = fixture.hold("BEGIN; LOCK TABLE t").await;
    let mut probe = fixture.db.probe().await.unwrap();
    let error: PgError = sqlx::query("SELECT 1 FROM public.t").execute(probe.connection()).await.unwrap_err().into();
    assert!(error.is_locked(), "{error}");
    assert!(matches!(ToolError::from(error), ToolError::Timeout(_)));
}

#[tokio::test]
async fn a_probe_survives_the_death_of_its_pooled_connection() {
    let fixture = Fixture::new("probe_dead").await;
    let mut probe = fixture.db.probe().await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(probe.connection()).await.unwrap();
    probe.finish().await;
    fixture.sql(&format!("SELECT pg_terminate_backend({pid})")).await;
    fixture.until(&format!("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})")).await;
    let mut probe = fixture.db.probe().await.unwrap();
    let again: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(probe.connection()).await.unwrap();
    assert_ne!(pid, again);
}

#[tokio::test]
async fn a_probe_that_is_given_up_stops_on_the_server() {
    let fixture = Fixture::new("probe_cancel").await;
    let cx = cx();
    let work = async {
        let mut probe = fixture
            .db
            .probe_with(ProbeLimits { statement: std::time::Duration::from_secs(60), ..ProbeLimits::default() })
            .await?;
        sqlx::query("SELECT pg_sleep(50)").execute(probe.connection()).await?;
        probe.finish().await;
        Ok::<_, PgError>(())
    };
    let watcher = async {
        fixture.until("SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(50)%' AND datname = current_database()").await;
        cx.cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(until_cancelled(&fixture.db, &cx, work), watcher);
    assert!(matches!(outcome, Err(ToolError::Cancelled)), "{outcome:?}");
    fixture.until("SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(50)%' AND datname = current_database()").await;
}

#[tokio::test]
async fn the_identity_is_the_servers_own() {
    let fixture = Fixture::new("identity").await;
    let identity = fixture.db.identity().await.unwrap();
    assert_eq!(identity.database, fixture.database.name());
    assert!(identity.major() >= 13);
    assert!(identity.is_superuser);
    assert!(!identity.in_recovery);
    assert!(identity.key().ends_with(fixture.database.name()));
    let plain = fixture.role_with("").await;
    let identity = plain.identity().await.unwrap();
    assert!(!identity.is_superuser && !identity.reads_all_stats);
    assert_eq!(identity.key(), fixture.db.identity().await.unwrap().key());
}

#[tokio::test]
async fn an_extension_can_be_named_after_it_was_asked_for() {
    let fixture = Fixture::new("extension").await;
    fixture.sql("CREATE SCHEMA ext; CREATE EXTENSION pgstattuple SCHEMA ext").await;
    let mut probe = fixture.db.probe().await.unwrap();
    assert_eq!(probe.with_extension("nowhere").await.unwrap(), None);
    assert!(probe.with_extension("pgstattuple").await.unwrap().is_some());
    sqlx::query("SELECT * FROM pgstattuple('pg_catalog.pg_class')").execute(probe.connection()).await.unwrap();
    probe.finish().await;
}

#[tokio::test]
async fn unreachable_servers_are_named_without_their_password() {
    let fixture = Fixture::new("unreachable").await;
    let socket = fixture.socket();
    let name = fixture.database.name();
    for (url, word) in [
        ("postgres://me:hunter22@127.0.0.1:1/app".to_owned(), "connection refused"),
        ("postgres://me:hunter22@localhost/app?host=/nonexistent".to_owned(), "socket does not exist"),
        (format!("postgres://postgres:hunter22@localhost/no_such_db?host={socket}"), "no_such_db"),
        (format!("postgres://nobody_here:hunter22@localhost/{name}?host={socket}"), "nobody_here"),
    ] {
        let db = Database::new(DatabaseConfig::new("app", url)).unwrap();
        let error = db.identity().await.unwrap_err();
        assert!(matches!(error, PgError::Unreachable { .. }), "{error:?}");
        let text = format!("{error} {error:?} {db:?} {:?}", db.config());
        assert!(text.contains(word), "{text}");
        assert!(!text.contains("hunter22"), "{text}");
        assert!(matches!(ToolError::from(error), ToolError::Unreachable(_)));
    }
}

#[tokio::test]
async fn a_refused_password_is_unreachable_and_not_repeated() {
    let server = own_postgres(PostgresOptions::default()).await;
    let mut admin = PgConnection::connect(&server.url("postgres")).await.unwrap();
    let hba: String = sqlx::query_scalar("SHOW hba_file").fetch_one(&mut admin).await.unwrap();
    sqlx::raw_sql("SET password_encryption = 'scram-sha-256'; CREATE ROLE app LOGIN PASSWORD 'swordfish22'")
        .execute(&mut admin)
        .await
        .unwrap();
    std::fs::write(&hba, "local all app scram-sha-256\nlocal all all trust\n").unwrap();
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut admin).await.unwrap();
    sqlx::raw_sql("DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_hba_file_rules WHERE auth_method LIKE 'scram%') LOOP PERFORM pg_sleep(0.01); END LOOP; END $$").execute(&mut admin).await.unwrap();
    let url = server.url_as("app", "postgres");
    let with = |password: &str| url.replacen("app@", &format!("app:{password}@"), 1);
    let right = Database::new(DatabaseConfig::new("app", with("swordfish22"))).unwrap();
    assert_eq!(right.identity().await.unwrap().user, "app");
    let wrong = Database::new(DatabaseConfig::new("app", with("hunter22"))).unwrap();
    let error = wrong.identity().await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("check user and password") && !text.contains("hunter22"), "{text}");
    server.stop().await.unwrap();
}

/// A listener that answers whatever it is told with the same bytes.
async fn listener(answer: &'static [u8]) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 8];
            let _ = stream.read_exact(&mut asked).await;
            let _ = stream.write_all(answer).await;
        }
    });
    port
}

#[tokio::test]
async fn what_is_no_postgres_server_is_told_so() {
    for (answer, query, word) in [
        (b"N".as_slice(), "?sslmode=require", "check sslmode"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "?sslmode=disable", "check host"),
        (b"", "?sslmode=disable", "check"),
    ] {
        let port = listener(answer).await;
        let db = Database::new(DatabaseConfig::new("app", format!("postgres://u:hunter22@127.0.0.1:{port}/d{query}")))
            .unwrap();
        let error = db.identity().await.unwrap_err();
        assert!(matches!(error, PgError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(word) && !format!("{error:?}").contains("hunter22"), "{error}");
    }
}

#[test]
fn a_wrong_url_is_an_error_without_the_password() {
    for url in [
        "mysql://u:hunter22@h/d",
        "postgres://u:hunter22@h:99999/d",
        "postgres://u:hunter22@h/d?sslmode=maybe",
        "hunter22",
    ] {
        let error = Database::new(DatabaseConfig::new("app", url)).unwrap_err();
        assert!(matches!(error, PgError::Url(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter22"), "{error}");
    }
}

#[test]
fn databases_are_found_by_name() {
    let db = |name: &str| Database::new(DatabaseConfig::new(name, "postgres://h/d")).unwrap();
    let all = Databases::new([db("app"), db("billing")]);
    assert_eq!(all.get(None).unwrap().name(), "app");
    assert_eq!(all.get(Some("billing")).unwrap().name(), "billing");
    let error = all.get(Some("biling")).unwrap_err().to_string();
    assert_eq!(error, "not found: database biling (did you mean billing?); configured are: app, billing");
    assert!(matches!(Databases::default().get(None), Err(ToolError::Unavailable(_))));
}
