//! The shop's Redis: about 50,000 keys in a dozen families, some kept well and some not.

use std::iter;

use dbwright_redis::{Redis, RedisError};

use super::chance::Chance;

/// Words of one command.
type Command = Vec<String>;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A script that an old release ran on every price change.
const KEYS_SCRIPT: &str = "local found = redis.call('KEYS', ARGV[1]) return #found";

/// Fills an empty server and sets its memory limit a little above what it holds; returns how many
/// keys there are.
pub(super) async fn load(redis: &Redis) -> Result<u64, RedisError> {
    redis.load(caches()).await?;
    redis.load(sessions()).await?;
    redis.load(collections()).await?;
    redis.load(small_families()).await?;
    redis.load(careless_calls()).await?;
    // A cache that nobody sized: it is nearly full, and `noeviction` will refuse writes.
    let used = redis.info_number("used_memory").await?.unwrap_or_default();
    let limit = used.saturating_mul(100) / 86;
    redis.load([["CONFIG", "SET", "maxmemory", &limit.to_string()]]).await?;
    let keys = redis.count_keys().await?;
    Ok(keys)
}

fn command<const N: usize>(words: [&str; N]) -> Command {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn set(key: String, value: String) -> Command {
    vec!["SET".to_owned(), key, value]
}

fn set_for(key: String, value: String, seconds: u64) -> Command {
    vec!["SET".to_owned(), key, value, "EX".to_owned(), seconds.to_string()]
}

fn expire(key: String, seconds: u64) -> Command {
    vec!["EXPIRE".to_owned(), key, seconds.to_string()]
}

fn caches() -> impl Iterator<Item = Command> {
    // Written without a TTL: only deploys have ever removed any.
    let products = (1..=19_000_u64).map(|id| {
        let body = "solid wood, ships within two days ".repeat(usize::try_from(4 + id % 9).unwrap_or(4));
        set(
            format!("cache:product:{id}"),
            format!("{{\"id\":{id},\"name\":\"Product {id}\",\"price_cents\":{},\"text\":\"{body}\"}}", 100 + id * 7),
        )
    });
    // Warmed by a job at the top of the hour: all of them go at the same second.
    let pages = (1..=9_000_u64).map(|id| {
        set_for(format!("cache:page:{}:{id}", 1 + id % 200), format!("<main>{}</main>", "x".repeat(300)), HOUR)
    });
    products.chain(pages)
}

fn sessions() -> impl Iterator<Item = Command> {
    let mut chance = Chance::new(7);
    (1..=12_000_u64).flat_map(move |id| {
        let key = format!("session:{:016x}{:016x}", chance.between(0, u64::MAX - 1), chance.between(0, u64::MAX - 1));
        let user = chance.between(1, 60_000).to_string();
        let fields =
            vec!["HSET".to_owned(), key.clone(), "user".to_owned(), user, "csrf".to_owned(), format!("{id:08x}")];
        [fields, expire(key, chance.between(HOUR, 14 * DAY))]
    })
}

fn collections() -> impl Iterator<Item = Command> {
    // One hash for the stock of every product, and one list of all that ever happened.
    let stock = (1..=600_u64).map(|block| {
        let pairs = (0..100).flat_map(move |at| [(block * 100 + at).to_string(), (at * 3 % 50).to_string()]);
        command(["HSET", "stock:levels"]).into_iter().chain(pairs).collect()
    });
    let recent = (1..=1_200_u64).map(|block| {
        let events = (0..100).map(move |at| format!("viewed:{}", block * 100 + at));
        command(["RPUSH", "events:recent"]).into_iter().chain(events).collect()
    });
    // A queue that its workers keep up with.
    let queue = (1..=35).map(|id| command(["RPUSH", "queue:emails", &format!("{{\"message\":{id}}}")]));
    stock.chain(recent).chain(queue)
}

fn small_families() -> impl Iterator<Item = Command> {
    let mut chance = Chance::new(11);
    let carts = (1..=5_000_u64).flat_map(move |id| {
        let key = format!("cart:{id}");
        let fields = ["product", "quantity", "added"].into_iter().flat_map(|field| [field.to_owned(), id.to_string()]);
        [
            iter::once("HSET".to_owned()).chain([key.clone()]).chain(fields).collect(),
            expire(key, chance.between(DAY, 30 * DAY)),
        ]
    });
    let mut chance = Chance::new(13);
    let limits = (1..=4_000_u64)
        .map(move |id| set_for(format!("ratelimit:user:{id}"), (id % 60).to_string(), chance.between(HOUR, DAY)));
    // A release of the lock was lost each time a worker crashed.
    let locks = (1..=300_u64).map(|id| set(format!("lock:checkout:{}", id * 41), "worker-3".to_owned()));
    // Meant to stay.
    let settings = (1..=200_u64).map(|id| set(format!("config:tenant:{id}"), format!("{{\"theme\":{}}}", id % 7)));
    let flags = ["new_checkout", "dark_mode", "fast_search", "gift_cards"]
        .into_iter()
        .map(|flag| set(format!("flag:{flag}"), "on".to_owned()));
    carts.chain(limits).chain(locks).chain(settings).chain(flags)
}

/// What the application did since the server started.
fn careless_calls() -> impl Iterator<Item = Command> {
    let keys = (1..=12).map(|tenant| command(["KEYS", &format!("cache:page:{tenant}:*")]));
    let scripts = (1..=6).map(|tenant| command(["EVAL", KEYS_SCRIPT, "0", &format!("cache:page:{tenant}:*")]));
    keys.chain(scripts)
}
