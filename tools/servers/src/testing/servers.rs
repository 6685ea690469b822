//! Where tests get their servers.

use std::env;

use tokio::sync::OnceCell;

use super::SharedPostgres;
use crate::{
    Postgres, PostgresBinaries, PostgresOptions, Redis, RedisBinaries, RedisOptions, ServersError,
    ensure::install_command, pins, server::blocking,
};

/// The cluster of the whole test run: one for all test processes that run at the same time,
/// with a database of its own for each test.
pub async fn postgres() -> &'static SharedPostgres {
    static SHARED: OnceCell<SharedPostgres> = OnceCell::const_new();
    let binaries = postgres_binaries();
    SHARED.get_or_init(|| async { or_fail(blocking(move || SharedPostgres::join_or_start(&binaries)).await) }).await
}

/// A server of the test's own, for tests about settings, restarts or the whole cluster.
pub async fn own_postgres(options: PostgresOptions) -> Postgres {
    or_fail(Postgres::start(&postgres_binaries(), options).await)
}

/// The Redis of this test process. Tests share its keys, so each uses its own prefix.
pub async fn redis() -> &'static Redis {
    static SHARED: OnceCell<Redis> = OnceCell::const_new();
    SHARED.get_or_init(|| own_redis(RedisOptions::default())).await
}

/// A Redis of the test's own.
pub async fn own_redis(options: RedisOptions) -> Redis {
    or_fail(Redis::start(&redis_binaries(), options).await)
}

/// The PostgreSQL that tests run on.
pub fn postgres_binaries() -> PostgresBinaries {
    let Some(wanted) = env::var("DBWRIGHT_TEST_POSTGRES").ok().filter(|major| !major.is_empty()) else {
        return PostgresBinaries::find(pins::OLDEST_POSTGRES).unwrap_or_else(|| {
            panic!("tests need PostgreSQL; `sudo apt-get install -y --no-install-recommends postgresql` fixes it")
        });
    };
    let Ok(major) = wanted.parse() else { panic!("DBWRIGHT_TEST_POSTGRES is {wanted:?}, which is no major version") };
    PostgresBinaries::find_major(major).unwrap_or_else(|| {
        let command = install_command(major).unwrap_or_else(|| format!("sudo apt-get install -y postgresql-{major}"));
        panic!("tests are to run on PostgreSQL {major}, which is not here; `{command}` fixes it")
    })
}

/// The Redis that tests run on.
pub fn redis_binaries() -> RedisBinaries {
    RedisBinaries::find().unwrap_or_else(|| {
        panic!("tests need Redis; `sudo apt-get install -y --no-install-recommends redis-server` fixes it")
    })
}

fn or_fail<T>(result: Result<T, ServersError>) -> T {
    result.unwrap_or_else(|error| panic!("a test server is missing: {error}"))
}
