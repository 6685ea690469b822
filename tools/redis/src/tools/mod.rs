//! The tools.

mod cli;
mod keyspace;

pub use cli::{RedisCli, RedisCliArgs, RedisReply};
pub use keyspace::{AnalyzeKeyspace, AnalyzeKeyspaceArgs, KeyspaceReport};
