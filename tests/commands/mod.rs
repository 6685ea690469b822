//! The engines as commands: the real binary on real servers, and what it says when something is
//! wrong.

mod apply;
mod check;
mod doctor;
mod explain;
mod journal;
mod keyspace;
mod lint;
mod migrate;
mod policy;
mod setup_role;
mod shop;
