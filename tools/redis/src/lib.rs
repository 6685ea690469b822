//! Redis adapter: bounded sampling and the read-only command tool.
//!
//! Everything that is sent is either on a static list of read-only commands or written here;
//! replies are bounded before they are asked for. Judging what was read is the work of
//! `dbwright-keyspace`.

mod acl;
mod command;
mod error;
mod load;
mod sampling;
mod server;
mod tools;

pub use acl::{AclPlan, AclRequest, Excess, Power, power};
pub use error::RedisError;
pub use sampling::{SampleOptions, SampleSize, analyze, snapshot};
pub use server::{Access, Redis, RedisConfig};
pub use tools::{AnalyzeKeyspace, AnalyzeKeyspaceArgs, KeyspaceReport, RedisCli, RedisCliArgs, RedisReply};
