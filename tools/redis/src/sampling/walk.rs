//! Walks the names: templates and memory of every key met, a sample, and the largest.
//!
//! Sampling alone misses the few keys that hold much of the memory, so the walk asks for the
//! memory of each key that it meets; that costs the server about as much as the SCAN itself.

use std::time::{Duration, Instant};

use dbwright_contract::CallCx;
use dbwright_keyspace::{Miner, Templates};

use super::{
    options::SampleOptions,
    pace::Pace,
    reservoir::{Largest, Reservoir, Seen},
};
use crate::{
    RedisError,
    server::{Argv, Redis, argv, value},
};

/// A thousand keys cost the server about 2.3 ms when it is idle.
const REST: Duration = Duration::from_millis(60);
/// Keys below this are never among the largest.
const LARGE: u64 = 8 * 1024;
/// Of the largest keys this many are looked at.
const LARGEST: usize = 200;

/// What the walk met.
pub(crate) struct Walked {
    pub(crate) templates: Templates,
    pub(crate) walked: u64,
    pub(crate) complete: bool,
    pub(crate) weighed: bool,
    pub(crate) sample: Vec<Seen>,
    pub(crate) largest: Vec<Seen>,
    pub(crate) gaps: Vec<String>,
}

/// Walks until every name was met or `time` is up.
pub(crate) async fn walk(
    redis: &Redis,
    database: u32,
    options: &SampleOptions,
    dbsize: u64,
    time: Duration,
    cx: &CallCx,
) -> Result<Walked, RedisError> {
    let mut miner = Miner::new();
    let mut reservoir = Reservoir::new(options.sample.capacity());
    let mut largest = Largest::new(LARGEST);
    let mut pace = Pace::new(Instant::now() + time, 100, 1000, REST);
    let mut gaps = Vec::new();
    let mut weighed = true;
    let mut walked = 0;
    let mut cursor = b"0".to_vec();
    let mut told = Instant::now();
    let complete = loop {
        let asked = Instant::now();
        let command = scan_command(&cursor, options, pace.batch());
        let scanned = tokio::select! {
            () = cx.cancel.cancelled() => return Err(RedisError::Cancelled),
            scanned = redis.call(database, &command) => scanned?,
        };
        let (next, items) = value::scan(scanned).ok_or_else(|| RedisError::Reply {
            command: "SCAN".to_owned(),
            reason: "no cursor and elements".to_owned(),
        })?;
        let names: Vec<Vec<u8>> = items.iter().filter_map(value::bytes).map(<[u8]>::to_vec).collect();
        let mut memory = vec![None; names.len()];
        if weighed {
            match weigh(redis, database, &names).await? {
                Ok(weights) => memory = weights,
                Err(reason) => {
                    weighed = false;
                    gaps.push(format!("memory of keys was not read: {reason}"));
                }
            }
        }
        let took = asked.elapsed();
        for (name, memory) in names.iter().zip(memory) {
            miner.add(name, memory.unwrap_or(0));
            reservoir.offer(name, memory);
            if let Some(bytes) = memory.filter(|bytes| *bytes >= LARGE) {
                largest.offer(name, bytes);
            }
        }
        walked += names.len() as u64;
        if told.elapsed() > Duration::from_millis(500) {
            cx.progress(format!("walked {walked} of {dbsize} keys"));
            told = Instant::now();
        }
        cursor = next;
        if cursor == b"0" {
            break true;
        }
        if pace.is_over() {
            break false;
        }
        pace.rest(took, &cx.cancel).await?;
    };
    Ok(Walked {
        templates: miner.finish(),
        walked,
        complete,
        weighed,
        sample: reservoir.into_kept(),
        largest: largest.into_names(),
        gaps,
    })
}

fn scan_command(cursor: &[u8], options: &SampleOptions, count: usize) -> Argv {
    let mut command = argv([&b"SCAN"[..], cursor]);
    if let Some(pattern) = &options.pattern {
        command.extend(argv(["MATCH", pattern]));
    }
    command.extend(argv(["COUNT", &count.to_string()]));
    command
}

/// Memory of each key; `None` for keys that are gone. The inner error says why it may not be read.
async fn weigh(
    redis: &Redis,
    database: u32,
    names: &[Vec<u8>],
) -> Result<Result<Vec<Option<u64>>, String>, RedisError> {
    let commands: Vec<Argv> =
        names.iter().map(|name| argv([&b"MEMORY"[..], b"USAGE", name, b"SAMPLES", b"5"])).collect();
    let mut weights = Vec::with_capacity(names.len());
    for reply in redis.pipeline(database, &commands).await? {
        match reply {
            Ok(reply) => weights.push(value::count(&reply)),
            Err(error) if error.is_refusal() => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(weights))
}
