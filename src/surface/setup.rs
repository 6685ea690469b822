//! `setup`: makes sure that PostgreSQL and Redis programs are here; `setup role` makes the role to
//! work with.

mod password;
mod role;
mod view;

use std::collections::HashMap;

use dbwright_servers::{ServersError, ensure_postgres, ensure_redis};

use tokio_util::sync::CancellationToken;

use super::{console::Console, install, progress::Steps};
use crate::{
    cli::{Global, SetupArgs, SetupCommand},
    exit::Exit,
};

/// Runs the command.
///
/// # Errors
/// When one of the two cannot be had, after both have been tried.
pub(super) async fn run(
    args: &SetupArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    if let Some(SetupCommand::Role(role)) = &args.command {
        return role::run(role, global, env, console, cancel).await;
    }
    let ready = tokio::select! {
        ready = ensure(args, console) => ready,
        () = cancel.cancelled() => return Err(Exit::Interrupted),
    };
    console.say(format!("{} are ready. Next: `dbwright demo` shows a full review of a demo shop.", ready?));
    Ok(())
}

/// Both servers' names and versions.
async fn ensure(args: &SetupArgs, console: &Console) -> Result<String, Exit> {
    let mut steps = Steps::new(console);
    let policy = install::policy(args.yes, &steps);
    let postgres = ensure_postgres(policy.clone(), &mut steps).await;
    let redis = ensure_redis(policy, &mut steps).await;
    match (postgres, redis) {
        (Ok(postgres), Ok(redis)) => Ok(format!("PostgreSQL {} and Redis {}", postgres.version, redis.version)),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(failed(&error)),
        (Err(postgres), Err(redis)) => Err(Exit::Failed(format!("{postgres}; and {redis}"))),
    }
}

fn failed(error: &ServersError) -> Exit {
    Exit::Failed(error.to_string())
}
