//! `doctor`: whether this machine has what the specialist needs, line by line. Everything is
//! tried by itself, so one fault hides no other.

mod database;
mod line;
mod machine;
mod model;
mod redis;
mod run;
mod state;

pub(super) use run::run;
