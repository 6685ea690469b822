//! The tool `redis_cli`.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use dbwright_policy::redis::parse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Redis, RedisError,
    command::{json, render, run},
};

/// Arguments of `redis_cli`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct RedisCliArgs {
    /// One read-only command, quoted as for redis-cli: `HGET user:1 name`, `SCAN 0 MATCH "cart:*" COUNT 500`.
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

/// Runs read-only commands.
#[derive(Debug, Clone)]
pub struct RedisCli {
    redis: Redis,
}

impl RedisCli {
    /// The tool on a server.
    pub const fn new(redis: Redis) -> Self {
        Self { redis }
    }
}

impl Tool for RedisCli {
    const NAME: &'static str = "redis_cli";
    const DESCRIPTION: &'static str = "Runs one read-only Redis command; the reply is as redis-cli prints it, large values in part. KEYS, scripts, blocking and writing commands are refused with the alternative. For the whole keyspace use analyze_keyspace.";

    type Args = RedisCliArgs;
    type Output = RedisReply;

    fn assess(&self, args: &Self::Args) -> Assessment {
        let assessment = Assessment::observe(args.command.chars().take(120).collect::<String>());
        match parse(&args.command) {
            Ok(_) => assessment,
            Err(refusal) => assessment.refuse(refusal.to_string()),
        }
    }

    async fn call(&self, cx: &CallCx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let command = parse(&args.command).map_err(|refusal| ToolError::Refused(refusal.to_string()))?;
        let database = args.database.unwrap_or_else(|| self.redis.default_database());
        let bounded = tokio::select! {
            () = cx.cancel.cancelled() => Err(RedisError::Cancelled),
            bounded = run(&self.redis, database, &command) => bounded,
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
