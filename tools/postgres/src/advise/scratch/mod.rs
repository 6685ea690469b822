//! A scratch copy: the tables concerned on a throwaway server of the same major version, or in a
//! database of its own on a server that the settings name.
//!
//! The copy is made of what the catalog says, since private builds of PostgreSQL carry no
//! `pg_dump`: column types, NOT NULL, existing indexes and statistics objects, and the rows as
//! the database's own role may read them. Everything on it runs as a role without privileges,
//! because definitions and statements come from elsewhere; only the switch that hides an index
//! from the planner needs the superuser.

mod copy;
mod definitions;
mod host;
mod lend;
mod measure;
mod sample;
mod server;
mod switch;

pub(crate) use lend::LentCopy;
pub(super) use server::ScratchCopy;
