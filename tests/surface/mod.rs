//! The ways in for other programs: MCP, A2A, the daemon.

mod a2a;
pub mod client;
mod http;
mod mcp;
mod mcp_http;
mod schedule;
mod serve;
