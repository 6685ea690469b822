//! Servers for the tests of every crate.
//!
//! ```no_run
//! # async fn example() {
//! let postgres = dbwright_servers::testing::postgres().await;
//! let database = postgres.database("orders").await;
//! println!("{}", database.url());
//! # }
//! ```
//!
//! A missing server is a failed test with a sentence that says how to get one, never a skipped
//! test. `DBWRIGHT_TEST_POSTGRES=18` chooses the major version.

// A panic is how a test fails, and this module is for tests only.
#![allow(clippy::panic)]

mod database;
mod servers;
mod shared;

pub use database::TestDatabase;
pub use servers::{own_postgres, own_redis, postgres, postgres_binaries, redis, redis_binaries};
pub use shared::SharedPostgres;
