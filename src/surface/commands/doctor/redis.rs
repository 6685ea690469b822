//! The Redis server: reachable, and which version.

use dbwright_contract::{CallCx, Tool};
use dbwright_redis::{Redis, RedisCli, RedisCliArgs};
use tokio_util::sync::CancellationToken;

use super::{database::rights, line::Line};
use crate::rights::Rights;

/// The server of the run.
pub(super) async fn server(redis: Option<&Redis>, cancel: &CancellationToken) -> Vec<Line> {
    let Some(redis) = redis else {
        return vec![
            Line::warn("redis", "none is configured").hint("pass --redis URL, set REDIS_URL, or add one to the config"),
        ];
    };
    let topic = format!("redis {}", redis.name());
    if let Err(error) = redis.ping().await {
        return vec![Line::fail(topic, error.to_string())];
    }
    let args = RedisCliArgs { command: "INFO server".to_owned(), database: None };
    let answer = RedisCli::new(redis.clone()).call(&CallCx::detached(cancel.clone()), args).await;
    let mut lines = vec![match answer {
        Ok(reply) => {
            let info = reply.reply.as_str().unwrap_or_default();
            let version =
                info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("of unknown version");
            Line::ok(&topic, format!("Redis {} at {}", version.trim(), redis.address()))
        }
        Err(error) => Line::warn(&topic, format!("answers at {}, but not to INFO: {error}", redis.address())),
    }];
    lines.push(match Rights::on_redis(redis).await {
        Ok(held) => rights(&topic, &held),
        Err(error) => Line::warn(topic, format!("what our user may do: {error}")),
    });
    lines
}
