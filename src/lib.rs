//! The dbwright agent: a database specialist for production PostgreSQL and Redis.
//!
//! `surface` is every way in, `agent` the one loop behind them, `model` what drives it. The
//! engines live in `tools/`, what outlives a session in `memory/`. `assemble` is the only place
//! that names concrete parts together.

pub mod agent;
pub mod assemble;

pub mod cli;
pub mod config;
pub mod demo;
pub mod exit;
pub mod frontmatter;
pub mod model;
pub mod password;
pub mod persona;
pub mod review;
pub mod rights;
pub mod secrets;
pub mod skills;
pub mod surface;
pub mod targets;
pub mod tools;
