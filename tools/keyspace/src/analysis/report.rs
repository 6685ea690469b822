//! The result: families, big keys, findings, and what was not seen.

use dbwright_finding::Finding;
use serde::Serialize;

use super::family::{Family, Group, NamedKey, group, named, ratio};
use crate::{
    facts::{DatabaseKeys, KeySample, KeyspaceSnapshot, SampleMethod},
    rules,
};

/// The server in a few facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ServerSummary {
    /// `7.0.15`.
    pub version: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
    /// `master` or `slave`.
    pub role: String,
    /// Seconds since start.
    pub uptime_s: u64,
    /// Bytes allocated.
    pub used_memory: u64,
    /// Bytes of data, without overhead.
    pub dataset_bytes: u64,
    /// The limit in bytes; 0 is none.
    pub maxmemory: u64,
    /// What happens at the limit.
    pub policy: String,
}

/// What a keyspace is made of and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// The server.
    pub server: ServerSummary,
    /// The database that was looked at.
    pub database: u32,
    /// Other databases that hold keys; they were not looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_databases: Vec<DatabaseKeys>,
    /// Keys in the database.
    pub dbsize: u64,
    /// Names walked.
    pub walked: u64,
    /// Keys looked at in detail.
    pub sampled: u64,
    /// How they were chosen.
    pub method: SampleMethod,
    /// Families of keys, most memory first.
    pub templates: Vec<Family>,
    /// The largest keys seen, largest first.
    pub big_keys: Vec<NamedKey>,
    /// What is wrong, most severe first.
    pub findings: Vec<Finding>,
    /// What was not checked and why.
    pub gaps: Vec<String>,
}

/// What the rules see.
pub(crate) struct Facts<'a> {
    pub(crate) snapshot: &'a KeyspaceSnapshot,
    pub(crate) groups: &'a [Group<'a>],
}

/// Keys below this are not worth a name.
const NOTABLE: u64 = 8 * 1024;
/// Big keys in the result.
const BIG_KEYS: usize = 15;

/// Judges a snapshot.
pub fn analyze(snapshot: &KeyspaceSnapshot) -> Analysis {
    let groups = group(snapshot);
    let findings = rules::run(&Facts { snapshot, groups: &groups });
    let mut big: Vec<&KeySample> =
        snapshot.samples.iter().filter(|sample| sample.memory.is_some_and(|bytes| bytes >= NOTABLE)).collect();
    big.sort_by(|a, b| b.memory.cmp(&a.memory).then_with(|| a.name.cmp(&b.name)));
    big.dedup_by(|a, b| a.name == b.name);
    let info = &snapshot.info;
    let text = |field: &str| info.text(field).unwrap_or_default().to_owned();
    Analysis {
        server: ServerSummary {
            version: text("redis_version"),
            mode: text("redis_mode"),
            role: text("role"),
            uptime_s: info.number("uptime_in_seconds").unwrap_or(0),
            used_memory: info.number("used_memory").unwrap_or(0),
            dataset_bytes: info.number("used_memory_dataset").unwrap_or(0),
            maxmemory: info.number("maxmemory").unwrap_or(0),
            policy: text("maxmemory_policy"),
        },
        database: snapshot.database,
        other_databases: info.databases().into_iter().filter(|other| other.database != snapshot.database).collect(),
        dbsize: snapshot.dbsize,
        walked: snapshot.walked,
        sampled: snapshot.samples.len() as u64,
        method: snapshot.method,
        big_keys: big.into_iter().take(BIG_KEYS).map(named).collect(),
        findings,
        gaps: snapshot.gaps.iter().cloned().chain(missed_mass(snapshot)).collect(),
        templates: groups.into_iter().map(|group| group.family).collect(),
    }
}

/// Says so when the keys of a complete walk do not explain the memory that the server counts as
/// data: other databases aside, something was missed.
fn missed_mass(snapshot: &KeyspaceSnapshot) -> Option<String> {
    let dataset = snapshot.info.number("used_memory_dataset").filter(|bytes| *bytes >= 64 << 20)?;
    let complete = snapshot.weighed && snapshot.method != SampleMethod::Window && snapshot.walked == snapshot.dbsize;
    let alone =
        snapshot.info.databases().len() == 1 && snapshot.info.databases().iter().all(|db| db.keys <= snapshot.walked);
    let seen: u64 = snapshot.templates.list().iter().map(|template| template.weight).sum();
    let share = ratio(seen, dataset)?;
    (complete && alone && !(0.7..=1.3).contains(&share)).then(|| {
        format!(
            "the keys add up to {:.0} % of the memory that the server counts as data: large values are estimated from samples, and modules, scripts or buffers are not keys",
            share * 100.0
        )
    })
}
