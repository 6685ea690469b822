//! The ways in for other programs: MCP, A2A, the daemon.

mod a2a;
mod client;
mod mcp;
mod mcp_http;
mod schedule;
mod serve;
