//! The engines as commands, without any agent: each file is one command.
//!
//! They need settings, servers and files, never a model or a session, so a broken model endpoint
//! stops none of them.

mod advise;
mod apply;
mod bench;
mod check;
mod dispatch;
mod doctor;
mod explain;
mod input;
mod keyspace;
mod lint;
mod memory;
mod migrate;
mod policy;
mod sessions;
mod tools;
mod units;

pub(super) use dispatch::run;
