//! `demo`: a shop of our own on servers of our own, and a full review of it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use dbwright_servers::{Detached, Kind};
use tokio_util::sync::CancellationToken;

use super::{console::Console, install, progress::Steps, review};
use crate::{
    assemble::Specialist,
    cli::{DemoArgs, Global, ReviewArgs},
    config::Paths,
    demo::{Demo, DemoError, DemoOptions},
    exit::Exit,
};

/// Runs the command.
///
/// # Errors
/// When the demo cannot be set up or stopped, or its review fails.
pub(super) async fn run(
    args: &DemoArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    if args.stop {
        return stop_kept(console).await;
    }
    let folder = Paths::from_env(env).home.join("demo");
    let demo = tokio::select! {
        demo = start(args, &folder, console) => demo?,
        // What was started until now ends with the dropped future.
        () = cancel.cancelled() => return Err(Exit::Interrupted),
    };
    let mut global = global.clone();
    // A state that was named stays: its URL may hold a password, so it is not repeated below either.
    let own_state = (global.state.is_none() && !env.contains_key("DBWRIGHT_STATE_URL"))
        .then(|| folder.join("state.db").display().to_string());
    global.state = global.state.or_else(|| own_state.clone());
    global.db = vec![demo.database_url.clone()];
    global.redis = demo.redis_url.iter().cloned().collect();
    global.path = Some(demo.repository.clone());
    let reviewed = look(&global, env, console, cancel).await;
    if args.keep && !cancel.is_cancelled() {
        keep(demo, own_state.as_deref(), console)?;
        return reviewed;
    }
    demo.stop().await.map_err(exit)?;
    reviewed?;
    console.say(
        "The demo's servers are gone. Next: `dbwright demo --keep` leaves them up for `dbwright chat`, and \
         `dbwright review --db postgres://…` reviews a database of yours.",
    );
    Ok(())
}

async fn start(args: &DemoArgs, folder: &Path, console: &Console) -> Result<Demo, Exit> {
    let mut steps = Steps::new(console);
    let policy = install::policy(args.yes, &steps);
    let repository = match &args.repository {
        Some(repository) => absolute(repository)?,
        None => folder.join("repository"),
    };
    let demo = Demo::start(DemoOptions { policy, repository }, &mut steps).await.map_err(exit)?;
    drop(steps);
    demo.notices.iter().for_each(|notice| console.say(notice));
    Ok(demo)
}

/// A review of the demo and of nothing else.
async fn look(
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let mut specialist = Specialist::assemble(global, env).await?;
    if global.redis.is_empty() {
        // Without a Redis of the demo's own, one from the environment or the settings was taken.
        specialist.redis = None;
        specialist.toolbox = specialist.toolbox.filtered(|name| !matches!(name, "redis_cli" | "analyze_keyspace"));
    }
    review::run(&ReviewArgs::default(), global, &specialist, console, cancel).await
}

fn keep(demo: Demo, state: Option<&str>, console: &Console) -> Result<(), Exit> {
    let repository = demo.repository.clone();
    let (database, redis) = (demo.database_url.clone(), demo.redis_url.clone().unwrap_or_default());
    let kept = demo.keep().map_err(|error| Exit::Failed(error.to_string()))?;
    console.say("\nThe demo stays up:");
    let mut options = String::new();
    for server in &kept {
        // The roles that can only read: what is kept may be looked at by anything.
        let (name, flag, url) = match server.kind {
            Kind::Postgres => ("PostgreSQL", "--db", &database),
            Kind::Redis => ("Redis", "--redis", &redis),
        };
        console.say(format!("  {name:10}  {url}"));
        options.push_str(&format!(" {flag} {}", quoted(url)));
    }
    console.say(format!("  {:10}  {}", "repository", repository.display()));
    options.push_str(&format!(" --path {}", quoted(&repository.display().to_string())));
    if let Some(state) = state {
        options.push_str(&format!(" --state {}", quoted(state)));
    }
    console.say("The session that had forgotten its transaction was this run's own and ends with it.");
    console
        .say(format!("\nNext: talk about it with\n  dbwright chat{options}\nand end it with\n  dbwright demo --stop"));
    Ok(())
}

async fn stop_kept(console: &Console) -> Result<(), Exit> {
    let failed = |error: dbwright_servers::ServersError| Exit::Failed(error.to_string());
    let kept = Detached::all().map_err(failed)?;
    let count = kept.len();
    for server in kept {
        server.stop().await.map_err(failed)?;
    }
    console.say(match count {
        0 => "No kept servers are running. Next: `dbwright demo --keep` starts some.".to_owned(),
        1 => "1 kept server is stopped and its folder is gone. Next: `dbwright demo` starts anew.".to_owned(),
        many => {
            format!("{many} kept servers are stopped and their folders are gone. Next: `dbwright demo` starts anew.")
        }
    });
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, Exit> {
    std::path::absolute(path).map_err(|error| Exit::Usage(format!("--repository {}: {error}", path.display())))
}

fn exit(error: DemoError) -> Exit {
    match error {
        DemoError::Occupied(_) | DemoError::Repository { .. } => Exit::Usage(error.to_string()),
        other => Exit::Failed(other.to_string()),
    }
}

/// For a POSIX shell: quotes only where they are needed.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
#[path = "demo_tests.rs"]
mod tests;
