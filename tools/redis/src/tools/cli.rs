//! The tool `redis_cli`.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use dbwright_policy::{
    Mode,
    redis::{Permitted, permit},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Access, Redis, RedisError,
    command::{Bounded, json, redact, render, run, run_change},
};

/// Arguments of `redis_cli`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct RedisCliArgs {
    /// One command, quoted as for redis-cli: `HGET user:1 name`, `SCAN 0 MATCH "cart:*" COUNT 500`.
    pub command: String,
    /// Number of the logical database; the configured one when absent.
    #[serde(default)]
    pub database: Option<u32>,
}

/// What a command answered.
#[derive(Debug, Clone, Serialize)]
pub struct RedisReply {
    /// The command as given.
    pub command: String,
    /// The database it ran in.
    pub database: u32,
    /// The answer; bytes that are not text are written `\xHH`.
    pub reply: serde_json::Value,
    /// What was left out of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    #[serde(skip)]
    text: String,
}

impl Report for RedisReply {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = String::new();
        for notice in &self.notices {
            text.push_str(&format!("[{notice}]\n"));
        }
        text.push_str(&self.text);
        Cow::Owned(clip(&text, budget, "ask for fewer elements or a narrower range").text.into_owned())
    }
}

/// Runs one command: reads at once; the few changes that the policy knows only where the server's
/// `access` says so, and after approval.
#[derive(Debug, Clone)]
pub struct RedisCli {
    redis: Redis,
}

impl RedisCli {
    /// The tool on a server.
    pub const fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// What the owner allows on this server, in the policy's terms.
    fn mode(&self) -> Mode {
        match self.redis.access() {
            Access::Read => Mode::Readonly,
            Access::Change => Mode::Change,
        }
    }
}

impl Tool for RedisCli {
    const NAME: &'static str = "redis_cli";
    const DESCRIPTION: &'static str = "Runs one read-only Redis command; the reply is as redis-cli prints it, large values in part. KEYS, scripts, blocking and writing commands are refused with the alternative. For the whole keyspace use analyze_keyspace.";

    const SOURCE: &'static str = "Redis";
    type Args = RedisCliArgs;
    type Output = RedisReply;

    fn assess(&self, args: &Self::Args) -> Assessment {
        let summary = args.command.chars().take(120).collect::<String>();
        match permit(&args.command, self.mode()) {
            Ok(Permitted::Read(_)) => Assessment::observe(summary),
            Ok(Permitted::Change(change)) => {
                let database = args.database.unwrap_or_else(|| self.redis.default_database());
                let place = format!("-- on {} ({}), database {database}", self.redis.name(), self.redis.address());
                Assessment::new(change.effect, summary).preview(format!(
                    "{}\n{place}\n-- {}",
                    args.command.trim(),
                    change.consequence
                ))
            }
            Err(refusal) => Assessment::observe(summary).refuse(refusal.to_string()),
        }
    }

    async fn call(&self, cx: &CallCx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let permitted =
            permit(&args.command, self.mode()).map_err(|refusal| ToolError::Refused(refusal.to_string()))?;
        let database = args.database.unwrap_or_else(|| self.redis.default_database());
        let work = async {
            match &permitted {
                Permitted::Read(command) => {
                    let bounded = run(&self.redis, database, command).await?;
                    Ok(Bounded { reply: redact(command.name, bounded.reply), ..bounded })
                }
                Permitted::Change(change) => run_change(&self.redis, database, change).await,
            }
        };
        let bounded = tokio::select! {
            () = cx.cancel.cancelled() => Err(RedisError::Cancelled),
            bounded = work => bounded,
        }?;
        Ok(RedisReply {
            command: args.command,
            database,
            reply: json(&bounded.reply),
            text: render(&bounded.reply),
            notices: bounded.notices,
        })
    }
}
