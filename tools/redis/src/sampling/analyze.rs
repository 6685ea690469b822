//! From a server to an analysis.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use dbwright_contract::CallCx;
use dbwright_keyspace::{AccessFacts, Analysis, Chosen, KeyspaceSnapshot, SampleMethod, Window};

use super::{
    details::{Access, details},
    facts::{counters, server_facts},
    options::{SampleOptions, SampleSize},
    walk::walk,
};
use crate::{
    RedisError,
    server::{Redis, argv},
};

/// Reads a server within the limits of `options` and judges what was read.
///
/// # Errors
/// When the server cannot be reached or the keys cannot be listed; anything else that is refused
/// is a gap in the result.
pub async fn analyze(redis: &Redis, options: &SampleOptions, cx: &CallCx) -> Result<Analysis, RedisError> {
    let snapshot = snapshot(redis, options, cx).await?;
    Ok(dbwright_keyspace::analyze(&snapshot))
}

/// Reads a server within the limits of `options`.
///
/// # Errors
/// As [`analyze`].
pub async fn snapshot(redis: &Redis, options: &SampleOptions, cx: &CallCx) -> Result<KeyspaceSnapshot, RedisError> {
    let started = Instant::now();
    let database = options.database.unwrap_or_else(|| redis.default_database());
    cx.progress("reading the server's facts");
    let facts = tokio::select! {
        () = cx.cancel.cancelled() => return Err(RedisError::Cancelled),
        facts = server_facts(redis, database) => facts?,
    };
    // 7.2 and later: what is looked at keeps its place in the eviction order. Others do not know it.
    let _ = redis.call(database, &argv(["CLIENT", "NO-TOUCH", "ON"])).await;
    let dbsize = facts.dbsize.unwrap_or(0);
    let before = counters(redis, database).await;
    let walk_started = Instant::now();
    let walked = walk(redis, database, options, dbsize, options.max_time.mul_f64(0.6), cx).await?;
    let window = match (before, counters(redis, database).await) {
        (Some(before), Some(after)) => Some(difference(before, after, walk_started.elapsed())),
        _ => None,
    };
    let chance: HashSet<&[u8]> = walked.sample.iter().map(|(name, _)| name.as_slice()).collect();
    let largest: Vec<_> =
        walked.largest.iter().filter(|(name, _)| !chance.contains(name.as_slice())).cloned().collect();
    // The largest first: they matter most when time runs out.
    let keys = largest.into_iter().map(|seen| (seen, Chosen::Size));
    let keys = keys.chain(walked.sample.into_iter().map(|seen| (seen, Chosen::Random))).collect();
    let policy = Access::of_policy(facts.info.text("maxmemory_policy").unwrap_or_default());
    let left = options.max_time.saturating_sub(started.elapsed()).max(Duration::from_millis(500));
    let read = details(redis, database, keys, policy, left, cx).await?;

    let mut gaps = facts.gaps;
    gaps.extend(walked.gaps);
    gaps.extend(read.gaps);
    if !walked.complete {
        gaps.push(format!(
            "{} of {dbsize} keys were walked in the time allowed: counts are scaled up, and large keys among the rest are not known",
            walked.walked
        ));
    }
    if !read.complete {
        gaps.push(format!("time ended after {} keys were looked at", read.samples.len()));
    }
    if facts.info.number("cluster_enabled") == Some(1) {
        gaps.push("cluster mode: only the keys of this node were looked at".to_owned());
    }
    let all = walked.complete && read.complete && options.sample == SampleSize::All;
    let method = match (all, walked.complete) {
        (true, _) => SampleMethod::Census,
        (false, true) => SampleMethod::FullWalk,
        (false, false) => SampleMethod::Window,
    };
    Ok(KeyspaceSnapshot {
        info: facts.info,
        config: facts.config,
        slowlog: facts.slowlog,
        latency: facts.latency,
        clients: facts.clients,
        access: AccessFacts { without_password: redis.is_without_password(), remote: redis.is_remote() },
        window,
        database,
        // With a pattern the walk is complete when all that match were met.
        dbsize: if walked.complete && options.pattern.is_some() { walked.walked } else { dbsize },
        walked: walked.walked,
        weighed: walked.weighed,
        method,
        templates: walked.templates,
        samples: read.samples,
        gaps,
    })
}

fn difference(before: Window, after: Window, elapsed: Duration) -> Window {
    Window {
        seconds: elapsed.as_secs_f64(),
        hits: after.hits.saturating_sub(before.hits),
        misses: after.misses.saturating_sub(before.misses),
        evicted: after.evicted.saturating_sub(before.evicted),
    }
}
