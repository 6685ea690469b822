//! Every way in. Surfaces send input and consume events; none holds logic of its own.

mod approval;
mod ask;
mod chat;
mod commands;
mod completions;
mod config;
mod console;
mod delegate;
mod demo;
mod event_view;
mod findings;
mod install;
mod markdown;
mod mcp;
mod progress;
mod review;
mod run;
mod serve;
mod setup;
mod terminal;

pub use console::{Console, Style};
pub use event_view::{EventView, Shown};
pub use run::run;
