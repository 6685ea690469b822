//! The keys of one template, summed up.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::facts::{Chosen, KeySample, KeyType, KeyspaceSnapshot, Ttl, display_name};

/// Quartiles of the TTLs of a template's keys, in seconds left when they were read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TtlSpread {
    /// The shortest.
    pub min_s: f64,
    /// A quarter is shorter.
    pub p25_s: f64,
    /// The median.
    pub p50_s: f64,
    /// A quarter is longer.
    pub p75_s: f64,
    /// The longest.
    pub max_s: f64,
}

/// One key by name, with its size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedKey {
    /// The name for people; bytes that are not text are escaped.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<KeyType>,
    /// `MEMORY USAGE`.
    pub bytes: Option<u64>,
    /// Bytes of a string, elements of anything else.
    pub length: Option<u64>,
}

/// A template and what its keys are like. Shares are of the keys that were looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Family {
    /// The template: `cart:{id}`.
    pub template: String,
    /// Keys in the database; exact when the walk was complete.
    pub keys: u64,
    /// Bytes that they take; exact (within `MEMORY USAGE`'s own sampling) when the walk was complete.
    pub bytes: Option<u64>,
    /// Share of the memory of all keys, 0 to 1.
    pub memory_share: Option<f64>,
    /// Keys looked at by chance.
    pub sampled: u64,
    /// The most frequent type.
    #[serde(rename = "type")]
    pub kind: Option<KeyType>,
    /// Types with their share, when there is more than one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, f64>,
    /// Encodings with their share.
    pub encodings: BTreeMap<String, f64>,
    /// Share of keys without a TTL; `None` when no TTL could be read.
    pub no_ttl_share: Option<f64>,
    /// TTLs of those that have one.
    pub ttl: Option<TtlSpread>,
    /// Median length.
    pub median_length: Option<u64>,
    /// The largest key seen.
    pub largest: Option<NamedKey>,
    /// Median idle time in seconds, where the policy keeps it.
    pub median_idle_s: Option<u64>,
    /// The highest access counter seen, where the policy keeps it.
    pub max_freq: Option<u8>,
}

/// A family with its samples, for the rules.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) family: Family,
    pub(crate) samples: Vec<&'a KeySample>,
}

impl Group<'_> {
    /// Samples that stand for others.
    pub(crate) fn random(&self) -> impl Iterator<Item = &KeySample> {
        self.samples.iter().copied().filter(|sample| sample.chosen == Chosen::Random)
    }
}

/// Groups the samples of a snapshot by template, most memory first.
pub(crate) fn group(snapshot: &KeyspaceSnapshot) -> Vec<Group<'_>> {
    let mut by_template: BTreeMap<String, Vec<&KeySample>> = BTreeMap::new();
    for template in snapshot.templates.list() {
        by_template.insert(template.text.clone(), Vec::new());
    }
    for sample in &snapshot.samples {
        by_template.entry(snapshot.templates.template_of(&sample.name)).or_default().push(sample);
    }
    let total = snapshot.templates.list().iter().map(|template| template.weight).sum::<u64>();
    let scale = ratio(snapshot.dbsize.max(snapshot.walked), snapshot.walked).unwrap_or(1.0);
    let mut groups: Vec<Group<'_>> = by_template
        .into_iter()
        .map(|(template, samples)| {
            let counted = snapshot.templates.get(&template);
            let keys = counted.map_or(samples.len() as u64, |counted| counted.keys);
            let weight = counted.filter(|_| snapshot.weighed).map(|counted| counted.weight);
            let mut family = describe(template, &samples);
            family.keys = scaled(keys, scale);
            family.bytes = weight.map(|weight| scaled(weight, scale));
            family.memory_share = weight.and_then(|weight| ratio(weight, total));
            Group { family, samples }
        })
        .collect();
    groups.sort_by(|a, b| {
        (b.family.bytes, b.family.keys)
            .cmp(&(a.family.bytes, a.family.keys))
            .then_with(|| a.family.template.cmp(&b.family.template))
    });
    groups
}

fn describe(template: String, samples: &[&KeySample]) -> Family {
    let random: Vec<&KeySample> = samples.iter().copied().filter(|sample| sample.chosen == Chosen::Random).collect();
    // A family that was met only through its big keys is described by them.
    let typical = if random.is_empty() { samples } else { &random };
    let types = shares(typical.iter().filter_map(|sample| sample.kind.as_ref()).map(KeyType::as_str));
    let kind = types.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(name, _)| KeyType::from_name(name));
    let mut ttls: Vec<u64> = typical
        .iter()
        .filter_map(|sample| match sample.ttl {
            Ttl::Millis(left) => Some(left),
            Ttl::Never | Ttl::Unknown => None,
        })
        .collect();
    ttls.sort_unstable();
    let never = typical.iter().filter(|sample| sample.ttl == Ttl::Never).count();
    let largest = samples.iter().max_by_key(|sample| (sample.memory, sample.length));
    Family {
        template,
        keys: 0,
        bytes: None,
        memory_share: None,
        sampled: random.len() as u64,
        kind,
        types: if types.len() > 1 { types } else { BTreeMap::new() },
        encodings: shares(typical.iter().filter_map(|sample| sample.encoding.as_deref())),
        no_ttl_share: ratio(never as u64, (never + ttls.len()) as u64),
        ttl: spread(&ttls),
        median_length: median(typical.iter().filter_map(|sample| sample.length)),
        largest: largest.map(|sample| named(sample)),
        median_idle_s: median(typical.iter().filter_map(|sample| sample.idle_s)),
        max_freq: typical.iter().filter_map(|sample| sample.freq).max(),
    }
}

/// A sample by name.
pub(crate) fn named(sample: &KeySample) -> NamedKey {
    NamedKey {
        name: display_name(&sample.name),
        kind: sample.kind.clone(),
        bytes: sample.memory,
        length: sample.length,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of a count: never negative, far below 2^52"
)]
fn scaled(value: u64, scale: f64) -> u64 {
    (value as f64 * scale).round() as u64
}

fn shares<'a>(values: impl Iterator<Item = &'a str>) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let total = counts.values().sum();
    counts.into_iter().filter_map(|(value, count)| Some((value.to_owned(), rounded(ratio(count, total)?)))).collect()
}

/// Four decimals: shares of a sample are never better than that.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn median(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a TTL stay far below 2^52")]
fn spread(sorted_ms: &[u64]) -> Option<TtlSpread> {
    let at = |quarter: usize| {
        let index = (sorted_ms.len().checked_sub(1)?) * quarter / 4;
        sorted_ms.get(index).map(|ms| (*ms as f64 / 100.0).round() / 10.0)
    };
    Some(TtlSpread { min_s: at(0)?, p25_s: at(1)?, p50_s: at(2)?, p75_s: at(3)?, max_s: at(4)? })
}
