//! From a command to its file.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::{
    advise, apply, bench::Bench, check, doctor, explain, keyspace, lint, memory, migrate, policy, sessions, tools,
};
use crate::{
    cli::{Command, Global},
    exit::Exit,
    surface::console::Console,
};

/// Runs a command that needs no session.
///
/// # Errors
/// With the exit code of what went wrong, or 10 for findings at or above `--fail-on`.
pub(in crate::surface) async fn run(
    command: Command,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    // These two say themselves what cannot be used.
    match &command {
        Command::Doctor => return doctor::run(global, env, console, cancel).await,
        Command::Tools(args) => return tools::run(args, global, env, console).await,
        _ => {}
    }
    let bench = Bench::new(global, env, console, cancel)?;
    match command {
        Command::Explain(args) => explain::run(&bench, &args).await,
        Command::Advise(args) => advise::run(&bench, &args).await,
        Command::Check(args) => check::run(&bench, &args).await,
        Command::Lint(args) => lint::run(&bench, &args).await,
        Command::Migrate(args) => migrate::run(&bench, &args).await,
        Command::Keyspace(args) => keyspace::run(&bench, &args).await,
        Command::Apply(args) => apply::run(&bench, &args).await,
        Command::Policy(args) => policy::run(&bench, &args).await,
        Command::Memory(args) => memory::run(&bench, &args).await,
        Command::Sessions(args) => sessions::run(&bench, &args).await,
        Command::Chat(_)
        | Command::Ask(_)
        | Command::Review(_)
        | Command::Serve(_)
        | Command::Mcp
        | Command::Tools(_)
        | Command::Doctor
        | Command::Setup(_)
        | Command::Demo(_)
        | Command::Config(_)
        | Command::Completions(_) => unreachable!("surface::run sends these elsewhere, or they returned above"),
    }
}
