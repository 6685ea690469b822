//! A cache design by decision table. It states rules and what is there, and invents no figures.

use serde_json::{Value, json};

use super::redis::template_line;
use crate::model::playbook::{
    answer::Answer,
    input::Input,
    run::{Answered, Pending, Run},
};

/// Words of the question, the structure they ask for, why, and how it is invalidated.
struct Choice {
    words: &'static [&'static str],
    structure: &'static str,
    field: &'static str,
    why: &'static str,
    invalidation: &'static str,
}

const CHOICES: &[Choice] = &[
    Choice {
        words: &["leaderboard", "rank", "top ", "score", "most popular", "trending"],
        structure: "sorted set: ZADD on write, ZRANGE … REV for a page, ZREVRANK for one place",
        field: "by-score",
        why: "it is ranked: the order is kept on write instead of sorted on every read",
        invalidation: "write the new score in the same step as the database; rebuild the set from the database when it is missing",
    },
    Choice {
        words: &["rate limit", "throttle", "quota"],
        structure: "counter: INCR, and EXPIRE in the same script when it is new",
        field: "window",
        why: "it only counts within a window, and the window's end is the TTL",
        invalidation: "none: the key ends with its window",
    },
    Choice {
        words: &["session", "login", "token"],
        structure: "hash: HSET fields, EXPIRE on every use",
        field: "data",
        why: "single fields are read and written; the whole ends together",
        invalidation: "DEL at logout; sliding TTL otherwise",
    },
    Choice {
        words: &["lock", "mutex"],
        structure: "string: SET key token NX PX, released by a script that compares the token",
        field: "lock",
        why: "only the holder may release it, and it must end when the holder dies",
        invalidation: "none: released by its holder, or by its TTL",
    },
    Choice {
        words: &["count", "counter", "views", "likes", "stock"],
        structure: "counter: INCRBY; flush to the database in batches, or HyperLogLog where an estimate of distinct ones is enough",
        field: "count",
        why: "it changes more often than it is read",
        invalidation: "the database is written from the counter, or the counter is rebuilt from it when missing",
    },
    Choice {
        words: &["unique", "distinct", "member", "tags", "followers", "set of"],
        structure: "set: SADD, SISMEMBER, SSCAN in pages",
        field: "members",
        why: "membership is asked, order is not",
        invalidation: "SADD and SREM in the same step as the database",
    },
    Choice {
        words: &["queue", "stream", "event", "feed", "timeline"],
        structure: "stream: XADD with MAXLEN ~, XREADGROUP",
        field: "events",
        why: "it is read in order, and by several readers",
        invalidation: "none: trimmed by length",
    },
    Choice {
        words: &["list of", "listing", "page", "search result", "query result"],
        structure: "string with the serialized page, and a version number in the key that every write of the list increments",
        field: "page:{version}:{n}",
        why: "a page is read whole and depends on many rows",
        invalidation: "INCR the version on write: old pages are no longer asked for, and end with their TTL",
    },
];

/// One entity that is read whole: the ordinary case.
const ENTITY: Choice = Choice {
    words: &[],
    structure: "hash where single fields are read or written, string with the serialized row where it is always read whole",
    field: "data",
    why: "one entity is read by its id far more often than it changes",
    invalidation: "delete the key after the database has committed (cache-aside): the next read fills it",
};

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let input = run.input();
    let entity = entity(&input);
    let known = run.call(
        "memory",
        "memory_search",
        json!({"text": format!("redis keys convention {entity}"), "kinds": ["redis_pattern"]}),
    )?;
    let keyspace = if run.offers("analyze_keyspace") {
        Some(run.call("keyspace", "analyze_keyspace", json!({}))?)
    } else {
        run.gap("existing keys were not looked at: no Redis server is configured (--redis)");
        None
    };
    let choice =
        CHOICES.iter().find(|choice| choice.words.iter().any(|word| input.prose.contains(word))).unwrap_or(&ENTITY);
    let freshness = freshness(&input.prose);
    let ttl = match &freshness {
        Some(words) => format!("the staleness that you named ({words}) at most, plus a random part so that keys filled together do not end together"),
        None => "the staleness that readers can accept (not said), plus a random part so that keys filled together do not end together".to_owned(),
    };
    let existing: Vec<String> = keyspace.iter().flat_map(|keyspace| related(keyspace, &entity)).collect();
    let answer = Answer::new(format!("A cache for {entity}, by rule (nothing was measured):")).list(
        "",
        [
            format!("structure: {} — {}", choice.structure, choice.why),
            format!("key: `{{service}}:{entity}:{{id}}:{}`; one spelling everywhere, the id never first", choice.field),
            format!("TTL: {ttl}; no key without one"),
            format!("invalidation: {}", choice.invalidation),
            "stampede guard: one filler at a time (SET … NX PX with a short time), others serve the old value or wait; refresh early at random before the TTL ends".to_owned(),
            "memory: set `maxmemory` and an eviction policy that fits keys with TTL (`allkeys-lru` or `volatile-ttl`); keep values small, split what grows without bound".to_owned(),
            "never `KEYS`, nor an unbounded SMEMBERS, HGETALL or LRANGE: SCAN with COUNT, or an index set that the writer keeps".to_owned(),
        ],
    );
    if freshness.is_none() {
        run.gap(
            "how fresh it must be, how large it gets, and reads per write were not said: they decide TTL and structure",
        );
    }
    Ok(answer
        .list("Keys like that are there already: follow their spelling", existing)
        .list("Known from earlier sessions", super::learn::recalled([&known]))
        .close(
            &run.gaps,
            "say it again with freshness (`at most 5 minutes old`) and how it is read; `/redis` checks what is there",
        ))
}

/// What is to be cached: the word behind "for", else the last word.
fn entity(input: &Input<'_>) -> String {
    const PLAIN: [&str; 24] = [
        "top", "most", "recent", "popular", "hot", "best", "for", "to", "a", "an", "the", "our", "my", "cache",
        "caching", "strategy", "design", "redis", "of", "all", "each", "per", "it", "this",
    ];
    let words: Vec<&str> = input
        .prose
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let behind = words.iter().position(|word| matches!(*word, "for" | "of" | "cache")).map_or(0, |at| at + 1);
    let found = words.get(behind..).unwrap_or_default().iter().find(|word| !PLAIN.contains(word));
    let word = found.copied().unwrap_or("entity");
    let singular = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
    singular.unwrap_or_else(|| word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(word).to_owned())
}

/// The staleness that the question names, in its own words.
fn freshness(prose: &str) -> Option<String> {
    let words: Vec<&str> = prose.split_whitespace().collect();
    words.windows(2).find_map(|pair| match pair {
        [number, unit]
            if number.chars().all(|c| c.is_ascii_digit())
                && ["second", "minute", "hour", "day", "ms"].iter().any(|known| unit.starts_with(known)) =>
        {
            Some(format!("{number} {}", unit.trim_end_matches(|c: char| !c.is_alphanumeric())))
        }
        _ => None,
    })
}

fn related(keyspace: &Answered, entity: &str) -> Vec<String> {
    let fits = |family: &&Value| {
        family.get("template").and_then(Value::as_str).is_some_and(|template| template.to_lowercase().contains(entity))
    };
    keyspace
        .list("/templates")
        .iter()
        .filter(fits)
        .take(3)
        .filter_map(|family| template_line(family, &keyspace.source))
        .collect()
}
