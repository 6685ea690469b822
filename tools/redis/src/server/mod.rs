//! One server: configuration, connections, faults.

mod config;
mod connection;
mod fault;
pub(crate) mod value;

pub use config::{Access, RedisConfig};
pub use connection::Redis;
pub(crate) use connection::{Argv, argv};
