//! Looks at chosen keys: type, TTL, encoding, length, access, the start of strings.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dbwright_contract::CallCx;
use dbwright_keyspace::{Chosen, KeySample, KeyType, Ttl};
use redis::Value;

use super::{pace::Pace, reservoir::Seen};
use crate::{
    RedisError,
    server::{Argv, Redis, argv, value},
};

/// A hundred keys cost the server about half a millisecond when it is idle.
const REST: Duration = Duration::from_millis(15);
/// Bytes read of a string.
const HEAD: &[u8] = b"127";

/// What the eviction policy keeps for each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Seconds since the last use.
    Idle,
    /// A logarithmic counter.
    Frequency,
}

impl Access {
    /// By `maxmemory-policy`.
    pub(crate) fn of_policy(policy: &str) -> Self {
        if policy.ends_with("-lfu") { Self::Frequency } else { Self::Idle }
    }

    const fn subcommand(self) -> &'static [u8] {
        match self {
            Self::Idle => b"IDLETIME",
            Self::Frequency => b"FREQ",
        }
    }
}

/// The samples, and what could not be read of them.
pub(crate) struct Details {
    pub(crate) samples: Vec<KeySample>,
    pub(crate) complete: bool,
    pub(crate) gaps: BTreeSet<String>,
}

/// Looks at `keys` until all are done or `time` is up.
pub(crate) async fn details(
    redis: &Redis,
    database: u32,
    keys: Vec<(Seen, Chosen)>,
    access: Access,
    time: Duration,
    cx: &CallCx,
) -> Result<Details, RedisError> {
    let mut found = Details { samples: Vec::with_capacity(keys.len()), complete: true, gaps: BTreeSet::new() };
    let started = Instant::now();
    let mut pace = Pace::new(started + time, 25, 100, REST);
    let total = keys.len();
    let mut rest = keys.as_slice();
    let mut told = Instant::now();
    while !rest.is_empty() {
        if pace.is_over() {
            found.complete = false;
            break;
        }
        let (batch, tail) = rest.split_at(pace.batch().min(rest.len()));
        rest = tail;
        let asked = Instant::now();
        let read = read_batch(redis, database, batch, access, started, &mut found);
        tokio::select! {
            () = cx.cancel.cancelled() => return Err(RedisError::Cancelled),
            read = read => read?,
        }
        if told.elapsed() > Duration::from_millis(500) {
            cx.progress(format!("looked at {} of {total} keys", total - rest.len()));
            told = Instant::now();
        }
        pace.rest(asked.elapsed(), &cx.cancel).await?;
    }
    Ok(found)
}

async fn read_batch(
    redis: &Redis,
    database: u32,
    batch: &[(Seen, Chosen)],
    access: Access,
    started: Instant,
    found: &mut Details,
) -> Result<(), RedisError> {
    // Nothing in the first round touches a key: the length below would renew its access time.
    let first: Vec<Argv> = batch
        .iter()
        .flat_map(|((name, _), _)| {
            [
                argv([&b"TYPE"[..], name]),
                argv([&b"PTTL"[..], name]),
                argv([&b"OBJECT"[..], b"ENCODING", name]),
                argv([&b"OBJECT"[..], access.subcommand(), name]),
            ]
        })
        .collect();
    let replies = redis.pipeline(database, &first).await?;
    // All TTLs count from the start, so that keys read seconds apart can be compared.
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(0);
    let mut samples = Vec::with_capacity(batch.len());
    for (((name, memory), chosen), replies) in batch.iter().zip(replies.chunks(4)) {
        let mut read = |at: usize| take(replies.get(at), &mut found.gaps);
        let kind = read(0).and_then(value::text).map(|name| KeyType::from_name(&name));
        if matches!(&kind, Some(KeyType::Other(name)) if name == "none") {
            continue;
        }
        let ttl = match read(1).and_then(value::number) {
            Some(-1) => Ttl::Never,
            Some(left) => u64::try_from(left).map_or(Ttl::Unknown, |left| Ttl::Millis(left + elapsed)),
            None => Ttl::Unknown,
        };
        let encoding = read(2).and_then(value::text);
        let used = read(3).and_then(value::count);
        samples.push(KeySample {
            name: name.clone(),
            chosen: *chosen,
            kind,
            encoding,
            ttl,
            memory: *memory,
            idle_s: used.filter(|_| access == Access::Idle),
            freq: used.filter(|_| access == Access::Frequency).and_then(|used| u8::try_from(used).ok()),
            ..KeySample::default()
        });
    }
    read_values(redis, database, &mut samples, &mut found.gaps).await?;
    found.samples.append(&mut samples);
    Ok(())
}

async fn read_values(
    redis: &Redis,
    database: u32,
    samples: &mut [KeySample],
    gaps: &mut BTreeSet<String>,
) -> Result<(), RedisError> {
    let mut commands = Vec::new();
    let mut targets = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        let Some(length) = sample.kind.as_ref().and_then(length_command) else { continue };
        commands.push(argv([length.as_bytes(), &sample.name]));
        targets.push((at, Part::Length));
        if sample.kind == Some(KeyType::String) {
            commands.push(argv([&b"GETRANGE"[..], &sample.name, b"0", HEAD]));
            targets.push((at, Part::Head));
        }
        // The walk's five samples are rough for a large key, and it is reported by name.
        if sample.chosen == Chosen::Size {
            commands.push(argv([&b"MEMORY"[..], b"USAGE", &sample.name, b"SAMPLES", b"100"]));
            targets.push((at, Part::Memory));
        }
    }
    for ((at, part), reply) in targets.into_iter().zip(redis.pipeline(database, &commands).await?) {
        let Some(value) = take(Some(&reply), gaps) else { continue };
        let Some(sample) = samples.get_mut(at) else { continue };
        match part {
            Part::Length => sample.length = value::count(value),
            Part::Head => sample.head = value::bytes(value).map(<[u8]>::to_vec),
            Part::Memory => sample.memory = value::count(value).or(sample.memory),
        }
    }
    Ok(())
}

enum Part {
    Length,
    Head,
    Memory,
}

const fn length_command(kind: &KeyType) -> Option<&'static str> {
    match kind {
        KeyType::String => Some("STRLEN"),
        KeyType::List => Some("LLEN"),
        KeyType::Set => Some("SCARD"),
        KeyType::Zset => Some("ZCARD"),
        KeyType::Hash => Some("HLEN"),
        KeyType::Stream => Some("XLEN"),
        KeyType::Other(_) => None,
    }
}

/// The value of a reply; a missing right becomes a gap, a key that is gone does not.
fn take<'a>(reply: Option<&'a Result<Value, RedisError>>, gaps: &mut BTreeSet<String>) -> Option<&'a Value> {
    match reply? {
        Ok(value) => Some(value),
        Err(error @ (RedisError::Permission { .. } | RedisError::Unsupported { .. })) => {
            gaps.insert(error.to_string());
            None
        }
        Err(_) => None,
    }
}
