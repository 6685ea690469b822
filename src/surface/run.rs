//! From the command line to the surface that it names.

use std::{collections::HashMap, io::IsTerminal};

use clap::CommandFactory;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::{ask, chat, commands, completions, config, console::Console, demo, mcp, review, serve, setup};
use crate::{
    assemble::Specialist,
    cli::{Cli, Command, Global},
    exit::Exit,
    secrets::{flag_with_password, known_secrets},
};

/// Worker threads: the work is waiting for servers, not computing.
const WORKERS: usize = 2;

/// Runs the command and returns the exit code.
pub fn run(cli: Cli, env: HashMap<String, String>) -> u8 {
    let no_color = env.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let console = Console::new(&cli.global, no_color);
    keep_memory_private();
    let secrets = known_secrets(&cli.global, &env);
    console.keep_secret(&secrets);
    tell_faults(&console);
    log_to_stderr(&cli.global, &env, &console);
    if let Some(flag) = flag_with_password(&cli.global) {
        console.say(format!(
            "the password after {flag} can be read in this machine's list of processes: pass {flag} @FILE, the \
             environment, or a name from the configuration"
        ));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.complain(format!("cannot start: {error}"));
            return 1;
        }
    };
    let ended = runtime.block_on(dispatch(cli, &env, &console));
    // Blocking reads (a terminal, standard input) cannot be joined.
    runtime.shutdown_background();
    match ended {
        Ok(()) => 0,
        Err(exit) => {
            if exit.code() != 0 {
                console.complain(exit.to_string());
            }
            exit.code()
        }
    }
}

async fn dispatch(cli: Cli, env: &HashMap<String, String>, console: &Console) -> Result<(), Exit> {
    let Cli { global, command } = cli;
    let command = match command {
        Some(command) => command,
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => Command::Chat(Default::default()),
        None => {
            let help = Cli::command().render_help();
            console.write(&help.to_string())?;
            return Err(Exit::Usage("no command given and no terminal to chat in".to_owned()));
        }
    };
    if let Command::Chat(args) = command {
        // Ctrl-C belongs to the line editor and the running turn.
        return chat::run(args, Specialist::assemble(&global, env).await?, console).await;
    }
    let cancel = cancelled_by_signals();
    match command {
        Command::Completions(args) => completions::run(args, console),
        Command::Config(args) => config::run(&args, &global, env, console),
        Command::Setup(args) => setup::run(&args, &global, env, console, &cancel).await,
        Command::Demo(args) => demo::run(&args, &global, env, console, &cancel).await,
        Command::Ask(args) => ask::run(args, &Specialist::assemble(&global, env).await?, console, &cancel).await,
        Command::Review(args) => {
            review::run(&args, &global, &Specialist::assemble(&global, env).await?, console, &cancel).await
        }
        Command::Serve(args) => serve::run(&args, Specialist::assemble(&global, env).await?, console, &cancel).await,
        Command::Mcp => mcp::run_stdio(Specialist::assemble(&global, env).await?, console, &cancel).await,
        other => commands::run(other, &global, env, console, &cancel).await,
    }
}

/// Cancelled by the first SIGINT or SIGTERM: the running call cancels its server-side work and the
/// journal says so. A second one ends the process at once.
fn cancelled_by_signals() -> CancellationToken {
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return;
        };
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            if token.is_cancelled() {
                std::process::exit(130);
            }
            token.cancel();
        }
    });
    cancel
}

/// Neither a core file nor another process of the same user gets to see what is in memory.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        tracing::debug!(%error, "memory can be dumped");
    }
}

/// A fault of ours is told in one line, without the values that it may quote.
fn tell_faults(console: &Console) {
    let console = console.clone();
    std::panic::set_hook(Box::new(move |fault| {
        let place = fault.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let what = fault.payload_as_str().unwrap_or("no reason given");
        console.complain(format!("a fault in dbwright itself: {what}{place}"));
    }));
}

/// A log line on standard error, without secrets.
struct LogLine(Console);

impl std::io::Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // The subscriber hands over whole lines.
        std::io::stderr().lock().write_all(self.0.clean(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}

fn log_to_stderr(global: &Global, env: &HashMap<String, String>, console: &Console) {
    let default = match global.verbose {
        0 => "error,async_openai=off",
        1 => "dbwright=info",
        _ => "dbwright=debug,info",
    };
    let filter = env.get("DBWRIGHT_LOG").map_or(default, String::as_str);
    // A second subscriber in one process (tests) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer({
            let console = console.clone();
            move || LogLine(console.clone())
        })
        .with_target(false)
        .try_init();
}
