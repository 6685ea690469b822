//! Throwaway PostgreSQL and Redis servers of our own: find or install the programs, create a
//! server in a fresh folder, start it, stop it.
//!
//! A server of ours never shares anything with a cluster that is already on the machine: it has
//! its own data folder, listens on a Unix socket in that folder only, and ends with the process
//! that started it, even when that process is killed. It is for demos, rehearsals and tests, and
//! never a place for data that matters.
//!
//! ```no_run
//! # async fn example() -> Result<(), dbwright_servers::ServersError> {
//! use dbwright_servers::{InstallPolicy, Postgres, PostgresOptions, Quiet, ensure_postgres};
//!
//! let binaries = ensure_postgres(InstallPolicy::PrivateOnly, &mut Quiet).await?;
//! let postgres = Postgres::start(&binaries, PostgresOptions::default()).await?;
//! println!("{}", postgres.url("postgres"));
//! postgres.stop().await
//! # }
//! ```

mod account;
mod binaries;
mod detached;
mod ensure;
mod error;
mod pins;
mod places;
mod postgres;
mod progress;
mod redis;
mod run_dir;
mod server;
mod sweep;
mod template;
mod version;
mod wire;

pub mod testing;

pub use binaries::{PostgresBinaries, RedisBinaries};
pub use detached::{Detached, Kind};
pub use ensure::{InstallPolicy, Proposal, ensure_postgres, ensure_postgres_major, ensure_redis};
pub use error::ServersError;
pub use postgres::{Postgres, PostgresOptions};
pub use progress::{Progress, Quiet};
pub use redis::{Redis, RedisOptions};
pub use version::Version;
