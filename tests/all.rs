//! End-to-end tests in one binary: each folder below is a module.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agent;
mod commands;
mod contract;
mod drills;
mod fuzz;
mod guard;
mod live;
mod model;
mod playbook;
mod report;
mod support;
mod surface;
