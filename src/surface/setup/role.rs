//! `setup role`: the least-privilege PostgreSQL role and Redis user for the servers at hand, as
//! statements with their undo; carried out after approval of exactly these.

use std::{collections::HashMap, io::IsTerminal};

use dbwright_contract::ToolError;
use dbwright_postgres::{
    Database,
    role::{Password, Power, RolePlan, RoleRequest, log_in, verifier},
};
use dbwright_redis::{AclPlan, AclRequest, Redis, power as redis_power};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{password, view::Plans};
use crate::{
    assemble::{layers, servers},
    cli::{Format, Global, SetupRoleArgs},
    exit::Exit,
    password::random,
    surface::{console::Console, findings::format_of},
};

/// Runs the command.
///
/// # Errors
/// When a server cannot be asked, nobody approves, or a statement fails: then nothing of its server
/// has changed.
pub(super) async fn run(
    args: &SetupRoleArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    tokio::select! {
        () = cancel.cancelled() => Err(Exit::Interrupted),
        ended = work(args, global, env, console) => ended,
    }
}

async fn work(
    args: &SetupRoleArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
) -> Result<(), Exit> {
    let format = format_of(global, "setup role", &[Format::Text, Format::Sql, Format::Json])?;
    let (databases, redis) = targets(global, env)?;
    if databases.is_empty() && redis.is_none() {
        return Err(Exit::Usage("no server is named: pass --db URL or --redis URL, as an administrator".to_owned()));
    }
    if args.no_password && redis.is_some() {
        return Err(Exit::Usage(
            "a Redis user needs a password: leave out --no-password, or pass only --db".to_owned(),
        ));
    }
    let plans = read(args, &databases, redis.as_ref()).await?;
    console.deliver(global.output.as_deref(), &plans.shown(format)?)?;
    if plans.is_done() {
        console.say(format!("{} is as it should be; nothing to do.", args.name));
        return Ok(());
    }
    let hash = plans.hash();
    if !args.apply {
        console.say(format!(
            "Nothing has been changed. To carry it out: the same command with --apply --approve {hash}{}",
            if plans.sets_password() { " --password-file FILE" } else { "" }
        ));
        return Ok(());
    }
    approve(args, &hash, console).await?;
    let secret = match (plans.sets_password(), &args.password_file) {
        (false, _) => None,
        (true, Some(file)) => Some(password::make(file)?),
        (true, None) => {
            return Err(Exit::Usage(
                "a password is to be set: pass --password-file FILE, which gets it (mode 0600), or --no-password where \
                 pg_hba.conf lets the role in by other means"
                    .to_owned(),
            ));
        }
    };
    let applied = apply(args, &plans, &databases, redis.as_ref(), secret.as_ref(), console).await;
    match (&applied, &args.password_file) {
        // A password that opens nothing is no use to anybody.
        (Err((0, _)), Some(file)) if secret.is_some() => password::forget(file),
        (_, Some(file)) if secret.is_some() => console.say(format!("the password is in {}", file.display())),
        _ => {}
    }
    applied.map_err(|(_, exit)| exit)
}

/// The servers of the run. Naming one kind leaves the other alone.
fn targets(global: &Global, env: &HashMap<String, String>) -> Result<(Vec<Database>, Option<Redis>), Exit> {
    let (layers, _, _) = layers(global, env)?;
    let (_, databases, redis) = servers(global, env, &layers.settings()?)?;
    let only_redis = global.db.is_empty() && !global.redis.is_empty();
    let only_databases = global.redis.is_empty() && !global.db.is_empty();
    let databases = databases.iter().filter(|_| !only_redis).cloned().collect();
    Ok((databases, redis.filter(|_| !only_databases)))
}

fn role_request(args: &SetupRoleArgs) -> RoleRequest {
    RoleRequest {
        name: args.name.clone(),
        schemas: args.schemas.clone(),
        password: match (args.no_password, args.new_password) {
            (true, _) => Password::None,
            (false, true) => Password::Always,
            (false, false) => Password::IfNew,
        },
    }
}

async fn read(args: &SetupRoleArgs, databases: &[Database], redis: Option<&Redis>) -> Result<Plans, Exit> {
    let mut plans = Plans::default();
    for database in databases {
        plans.postgres.push(RolePlan::read(database, &role_request(args)).await.map_err(ToolError::from)?);
    }
    if let Some(redis) = redis {
        let request = AclRequest { name: args.name.clone(), keys: args.keys.clone(), new_password: args.new_password };
        plans.redis = Some(AclPlan::read(redis, &request).await.map_err(ToolError::from)?);
    }
    Ok(plans)
}

/// The hash of what was shown, or a yes at the terminal.
async fn approve(args: &SetupRoleArgs, hash: &str, console: &Console) -> Result<(), Exit> {
    match &args.approve {
        Some(given) if given.trim() == hash => return Ok(()),
        Some(given) => {
            return Err(Exit::Refused(format!(
                "refused: {given} is not the hash of these statements, which is {hash}: look at them again"
            )));
        }
        None if !std::io::stdin().is_terminal() => {
            return Err(Exit::Refused(format!(
                "refused: nobody can be asked here: look at the statements, then pass --approve {hash}"
            )));
        }
        None => {}
    }
    console.say(format!("Run exactly these statements ({hash})? y or n:"));
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    match line.await {
        Ok(Ok(line)) if matches!(line.trim().to_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(Exit::Refused("refused: not approved; nothing has been changed".to_owned())),
    }
}

/// Carries out all plans; with an error comes how many were carried out before it.
async fn apply(
    args: &SetupRoleArgs,
    plans: &Plans,
    databases: &[Database],
    redis: Option<&Redis>,
    secret: Option<&SecretString>,
    console: &Console,
) -> Result<(), (usize, Exit)> {
    let mut done = 0;
    for (database, approved) in databases.iter().zip(&plans.postgres) {
        let ended = on_database(args, database, approved, secret, console).await;
        ended.map_err(|exit| (done, exit))?;
        done += 1;
    }
    if let (Some(redis), Some(plan)) = (redis, &plans.redis) {
        on_redis(redis, plan, secret, console).await.map_err(|exit| (done, exit))?;
    }
    Ok(())
}

async fn on_database(
    args: &SetupRoleArgs,
    database: &Database,
    approved: &RolePlan,
    secret: Option<&SecretString>,
    console: &Console,
) -> Result<(), Exit> {
    // Two databases of one server share the role: what the first has done, the second need not.
    let plan = RolePlan::read(database, &role_request(args)).await.map_err(ToolError::from)?;
    if let Some(step) = plan.steps.iter().find(|step| !approved.steps.contains(step)) {
        return Err(Exit::Failed(format!(
            "{} has changed meanwhile ({}): look at it again",
            database.name(),
            step.sql
        )));
    }
    let salted = match secret.filter(|_| plan.sets_password) {
        Some(secret) => verifier(secret, &random()?),
        None => None,
    };
    plan.apply(database, salted.as_ref()).await.map_err(ToolError::from)?;
    console.say(format!("{}: {} statements have run", database.name(), plan.steps.len()));
    match log_in(database, &plan.role, secret).await {
        Ok(power) => console.say(proof(database.name(), &power)),
        Err(error) => console.say(format!(
            "{}: the role is made, but it cannot log in from here: {error}; pg_hba.conf decides who may",
            database.name()
        )),
    }
    Ok(())
}

/// What the new role can do, seen from its own session.
fn proof(target: &str, power: &Power) -> String {
    let own: Vec<&str> = power.own().map(|excess| excess.what.as_str()).collect();
    if own.is_empty() {
        format!("{target}: {} logs in and can only read", power.role)
    } else {
        format!("{target}: {} logs in; it still {}", power.role, own.join("; "))
    }
}

async fn on_redis(redis: &Redis, plan: &AclPlan, secret: Option<&SecretString>, console: &Console) -> Result<(), Exit> {
    plan.apply(redis, secret).await.map_err(ToolError::from)?;
    let Some(secret) = secret.filter(|_| plan.sets_password) else {
        console.say(format!("{}: the user is changed", redis.name()));
        return Ok(());
    };
    let power = redis_power(&redis.as_user(&plan.user, secret)).await.map_err(ToolError::from)?;
    let left: Vec<&str> = power.excess.iter().map(|excess| excess.right.as_str()).collect();
    console.say(if left.is_empty() {
        format!("{}: {} logs in and can only read", redis.name(), plan.user)
    } else {
        format!("{}: {} logs in; it still may {}", redis.name(), plan.user, left.join("; "))
    });
    Ok(())
}
