//! Reads what the server says about itself. Each part may be refused; then it is a gap.

use std::collections::BTreeMap;

use dbwright_keyspace::{ClientFacts, LatencyEvent, ServerInfo, SlowEntry, Window};
use redis::Value;

use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// The settings that rules read. None holds a secret.
const SETTINGS: &[&str] = &[
    "activedefrag",
    "active-expire-effort",
    "appendonly",
    "bind",
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "hash-max-ziplist-entries",
    "hash-max-ziplist-value",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "protected-mode",
    "save",
    "set-max-intset-entries",
    "slowlog-log-slower-than",
    "stop-writes-on-bgsave-error",
    "timeout",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "zset-max-ziplist-entries",
    "zset-max-ziplist-value",
];

/// Everything but the keys.
#[derive(Default)]
pub(crate) struct ServerFacts {
    pub(crate) info: ServerInfo,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) slowlog: Vec<SlowEntry>,
    pub(crate) latency: Vec<LatencyEvent>,
    pub(crate) clients: Option<ClientFacts>,
    pub(crate) dbsize: Option<u64>,
    pub(crate) gaps: Vec<String>,
}

/// Reads all of it; only a lost connection is an error.
pub(crate) async fn server_facts(redis: &Redis, database: u32) -> Result<ServerFacts, RedisError> {
    let mut facts = ServerFacts::default();
    let mut commands = vec![
        argv(["INFO", "everything"]),
        argv(["SLOWLOG", "GET", "128"]),
        argv(["LATENCY", "LATEST"]),
        argv(["CLIENT", "LIST"]),
        argv(["DBSIZE"]),
    ];
    let fixed = commands.len();
    commands.extend(SETTINGS.iter().map(|name| argv(["CONFIG", "GET", name])));
    let mut replies = redis.pipeline(database, &commands).await?;
    let settings = replies.split_off(fixed);
    let gaps = &mut facts.gaps;
    let mut replies = replies.into_iter();
    let mut next = |what: &str| match replies.next() {
        Some(Ok(reply)) => Some(reply),
        Some(Err(error)) => {
            gaps.push(format!("{what} not read: {error}"));
            None
        }
        None => None,
    };
    facts.info =
        next("INFO").and_then(|reply| value::text(&reply)).map(|text| ServerInfo::parse(&text)).unwrap_or_default();
    facts.slowlog = next("the slow log was").map(|reply| slowlog(&reply)).unwrap_or_default();
    facts.latency = next("latency events were").map(|reply| latency(&reply)).unwrap_or_default();
    facts.clients = next("the client list was").and_then(|reply| value::text(&reply)).map(|text| clients(&text));
    facts.dbsize = next("DBSIZE").and_then(|reply| value::count(&reply));
    for (name, reply) in SETTINGS.iter().zip(settings) {
        match reply {
            Ok(reply) => {
                if let Some(text) = setting(&reply) {
                    facts.config.insert((*name).to_owned(), text);
                }
            }
            Err(error) => {
                facts.gaps.push(format!("settings not read: {error}"));
                break;
            }
        }
    }
    Ok(facts)
}

/// Lookups and evictions now.
pub(crate) async fn counters(redis: &Redis, database: u32) -> Option<Window> {
    let reply = redis.call(database, &argv(["INFO", "stats"])).await.ok()?;
    let info = ServerInfo::parse(&value::text(&reply)?);
    Some(Window {
        seconds: 0.0,
        hits: info.number("keyspace_hits")?,
        misses: info.number("keyspace_misses")?,
        evicted: info.number("evicted_keys")?,
    })
}

/// The value in the reply of CONFIG GET with one name; absent when this version has no such name.
fn setting(reply: &Value) -> Option<String> {
    match reply {
        Value::Map(pairs) => pairs.first().and_then(|(_, text)| value::text(text)),
        other => value::items(other).get(1).and_then(value::text),
    }
}

fn slowlog(reply: &Value) -> Vec<SlowEntry> {
    let entry = |entry: &Value| {
        let parts = value::items(entry);
        Some(SlowEntry {
            id: value::count(parts.first()?)?,
            micros: value::count(parts.get(2)?)?,
            args: value::items(parts.get(3)?).iter().filter_map(value::bytes).map(<[u8]>::to_vec).collect(),
            client: parts.get(5).and_then(value::text).unwrap_or_default(),
        })
    };
    value::items(reply).iter().filter_map(entry).collect()
}

fn latency(reply: &Value) -> Vec<LatencyEvent> {
    let event = |event: &Value| {
        let parts = value::items(event);
        Some(LatencyEvent {
            event: value::text(parts.first()?)?,
            latest_ms: value::count(parts.get(2)?)?,
            max_ms: value::count(parts.get(3)?)?,
        })
    };
    value::items(reply).iter().filter_map(event).collect()
}

fn clients(list: &str) -> ClientFacts {
    let mut facts = ClientFacts::default();
    for line in list.lines().filter(|line| !line.is_empty()) {
        let field = |name: &str| {
            line.split(' ')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
                .map(|(_, value)| value)
        };
        let number = |name: &str| field(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let output = number("omem");
        facts.count += 1;
        facts.idle_over_hour += u64::from(number("idle") > 3600);
        facts.unnamed += u64::from(field("name").is_none_or(str::is_empty));
        facts.largest_output = facts.largest_output.max(output);
        facts.large_outputs += u64::from(output > 1 << 20);
    }
    facts
}
