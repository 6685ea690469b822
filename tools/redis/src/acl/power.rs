//! What our own user could do beyond reading.

use serde::Serialize;

use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// A right that dbwright does not need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// What it allows: `change and delete keys (SET)`.
    pub right: String,
    /// The rule that takes it away: `ACL SETUSER app -@write`.
    pub revoke: String,
}

/// Our user's rights beyond what is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Power {
    /// Who we are.
    pub user: String,
    /// Rights in excess, the gravest first.
    pub excess: Vec<Excess>,
}

/// What is tried: the words for people, the rule that revokes it, the command for ACL DRYRUN, and
/// one that the server refuses for its syntax after it has looked at the rights: it can do nothing,
/// and tells the same where DRYRUN is missing.
struct Trial {
    right: &'static str,
    revoke: &'static str,
    command: &'static [&'static str],
    harmless: Option<&'static [&'static str]>,
}

const fn trial(right: &'static str, revoke: &'static str, command: &'static [&'static str]) -> Trial {
    Trial { right, revoke, command, harmless: None }
}

const TRIALS: &[Trial] = &[
    trial("give itself any right (ACL SETUSER)", "-acl|setuser", &["ACL", "SETUSER", "dbwright-probe"]),
    Trial {
        harmless: Some(&["FLUSHDB", "dbwright-no-such-mode"]),
        ..trial("erase whole databases (FLUSHALL, FLUSHDB)", "-flushall -flushdb", &["FLUSHDB"])
    },
    Trial {
        harmless: Some(&["SET", "dbwright-probe", "x", "NX", "XX"]),
        ..trial("change and delete keys (SET, DEL, …)", "-@write", &["SET", "dbwright-probe", "x"])
    },
    trial("delete keys (DEL, UNLINK)", "-del -unlink", &["DEL", "dbwright-probe"]),
    Trial {
        harmless: Some(&["CONFIG", "SET", "dbwright-no-such-setting", "0"]),
        ..trial("change settings, file paths among them (CONFIG SET)", "-config|set", &["CONFIG", "SET", "hz", "10"])
    },
    Trial {
        harmless: Some(&["EVAL", "return 0", "no-number"]),
        ..trial("run scripts (EVAL)", "-@scripting", &["EVAL", "return 0", "0"])
    },
    trial("load modules (MODULE LOAD)", "-module|load", &["MODULE", "LOAD", "/dbwright-probe"]),
    trial("stop the server (SHUTDOWN)", "-shutdown", &["SHUTDOWN"]),
    trial("use DEBUG", "-debug", &["DEBUG", "JMAP"]),
    trial("make it a replica of another server (REPLICAOF)", "-replicaof -slaveof", &["REPLICAOF", "NO", "ONE"]),
    trial(
        "send keys to another server (MIGRATE)",
        "-migrate",
        &["MIGRATE", "127.0.0.1", "1", "dbwright-probe", "0", "1"],
    ),
    trial("read every command of every client (MONITOR)", "-monitor", &["MONITOR"]),
    trial("read password hashes (ACL GETUSER)", "-acl|getuser -acl|list", &["ACL", "GETUSER", "default"]),
    trial("end other sessions (CLIENT KILL)", "-client|kill", &["CLIENT", "KILL", "ID", "0"]),
    trial("load functions (FUNCTION LOAD)", "-function|load", &["FUNCTION", "LOAD", "x"]),
    trial("write snapshots (SAVE, BGSAVE)", "-save -bgsave -bgrewriteaof", &["SAVE"]),
    trial("publish messages (PUBLISH)", "-publish -spublish", &["PUBLISH", "dbwright-probe", "x"]),
];

enum Answer {
    May,
    MayNot,
    /// The question itself is not answered here.
    Unasked,
}

/// Asks the server what our user may do. Nothing is tried out: ACL DRYRUN answers since 7.0, and
/// where it is missing, commands that cannot run for their syntax.
///
/// # Errors
/// When the server does not answer.
pub async fn power(redis: &Redis) -> Result<Power, RedisError> {
    let user = match redis.call(redis.default_database(), &argv(["ACL", "WHOAMI"])).await {
        Ok(name) => value::text(&name).unwrap_or_else(|| redis.user().to_owned()),
        Err(error) if error.is_refusal() => redis.user().to_owned(),
        Err(error) => return Err(error),
    };
    let mut excess = Vec::new();
    for trial in TRIALS {
        let mut answer = dry(redis, &user, trial).await?;
        if let (Answer::Unasked, Some(command)) = (&answer, trial.harmless) {
            answer = harmless(redis, command).await?;
        }
        if matches!(answer, Answer::May) {
            excess
                .push(Excess { right: trial.right.to_owned(), revoke: format!("ACL SETUSER {user} {}", trial.revoke) });
        }
    }
    if excess.iter().any(|excess| excess.right.starts_with("change and delete")) {
        excess.retain(|excess| !excess.right.starts_with("delete keys"));
    }
    Ok(Power { user, excess })
}

async fn dry(redis: &Redis, user: &str, trial: &Trial) -> Result<Answer, RedisError> {
    let words = ["ACL", "DRYRUN", user].into_iter().chain(trial.command.iter().copied());
    match redis.call(redis.default_database(), &argv(words)).await {
        Ok(reply) => Ok(match value::text(&reply) {
            Some(text) if text == "OK" => Answer::May,
            // The command is granted, on other keys or channels than the one that was named.
            Some(text) if text.contains(" key") || text.contains("channel") => Answer::May,
            _ => Answer::MayNot,
        }),
        Err(error) if error.is_refusal() => Ok(Answer::Unasked),
        Err(error) => Err(error),
    }
}

async fn harmless(redis: &Redis, command: &[&str]) -> Result<Answer, RedisError> {
    match redis.call(redis.default_database(), &argv(command)).await {
        Err(RedisError::Permission { reason, .. }) if reason.contains(" key") => Ok(Answer::May),
        Err(RedisError::Permission { .. } | RedisError::Unsupported { .. }) => Ok(Answer::MayNot),
        // The server had a look at the words: it would have run them.
        Err(error) if error.is_refusal() => Ok(Answer::May),
        Err(error) => Err(error),
        Ok(_) => Ok(Answer::May),
    }
}
