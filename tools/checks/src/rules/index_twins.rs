//! Indexes that do the same work twice: exact twins, and narrow ones that a wider one covers.

use std::collections::{HashMap, HashSet};

use dbwright_finding::{Evidence, Finding, Object, ObjectKind, Rule, Severity};

use crate::{
    Index, IndexKey,
    facts::Facts,
    rules::{indexes::drop_index, unused_index},
    words,
};

pub(crate) const RULE: Rule = Rule {
    id: "duplicate_index",
    group: "indexes",
    severity: Severity::Medium,
    summary: "Two identical indexes are both written on each change; one is enough",
};

pub(crate) const REDUNDANT: Rule = Rule {
    id: "redundant_index",
    group: "indexes",
    severity: Severity::Low,
    summary: "A wider index starts with the same columns and serves the same queries",
};

/// A wider index this many times larger is colder and slower to walk: then nothing is certain.
const MUCH_WIDER: i64 = 4;
/// Above this size the cost shows in caches and backups.
const MEDIUM_BYTES: i64 = 64 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for twins in groups(facts) {
        let Some((keep, extra)) = twins.split_first() else { continue };
        for index in extra.iter().filter(|index| !index.referenced_by_foreign_key && !index.replica_identity) {
            findings.push(duplicate(keep, index));
        }
    }
    findings
}

/// Oids of every index that has a twin.
pub(crate) fn all_twins(facts: &Facts<'_>) -> HashSet<u32> {
    groups(facts).into_iter().flatten().map(|index| index.oid).collect()
}

/// Groups of identical indexes, the one to keep first.
fn groups<'a>(facts: &Facts<'a>) -> Vec<Vec<&'a Index>> {
    let mut by_signature: HashMap<Signature<'_>, Vec<&Index>> = HashMap::new();
    for index in candidates(facts) {
        by_signature.entry(signature(index)).or_default().push(index);
    }
    let mut groups: Vec<Vec<&Index>> = by_signature.into_values().filter(|group| group.len() > 1).collect();
    for group in &mut groups {
        // The one with the strongest claim stays: constraints, then the most used, then the oldest.
        group.sort_by_key(|index| {
            let claim = (
                index.primary,
                index.replica_identity || index.referenced_by_foreign_key,
                index.constraint.is_some(),
                index.scans,
            );
            (std::cmp::Reverse(claim), index.oid)
        });
    }
    groups.sort_by_key(|group| group.first().map(|index| index.oid));
    groups
}

/// Valid indexes that stand for themselves: partitions follow their parent.
fn candidates<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Index> {
    facts.snapshot.indexes.rows().iter().filter(|index| index.valid && index.partition_of.is_none() && !index.exclusion && !index.incomplete)
}

/// Table, method, keys, INCLUDE columns, predicate, uniqueness: everything that decides what an
/// index can do.
type Signature<'a> = (u32, &'a str, &'a [IndexKey], &'a [String], Option<&'a str>, bool, bool);

fn signature(index: &Index) -> Signature<'_> {
    (
        index.table,
        &index.method,
        &index.keys,
        &index.include,
        index.predicate.as_deref(),
        index.unique,
        index.nulls_not_distinct,
    )
}

fn duplicate(keep: &Index, extra: &Index) -> Finding {
    let (name, kept) = (extra.name.to_string(), keep.name.to_string());
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Index, &name).columns(extra.key_names()),
        format!("{name} ({}) is the same index as {kept}: both are written on each change", words::bytes(extra.bytes)),
    )
    .why("The planner needs one of them; the other only costs writes, space and cache.")
    .evidence(Evidence::new("pg_index", "twin", kept))
    .evidence(Evidence::new("pg_index", "columns", extra.key_list()))
    .evidence(Evidence::new("pg_class", "bytes", extra.bytes))
    .evidence(Evidence::new("pg_stat_user_indexes", "idx_scan", extra.scans))
    .fix(drop_index(extra))
}

pub(crate) fn check_redundant(facts: &Facts<'_>) -> Vec<Finding> {
    let twins = all_twins(facts);
    // Of an unused index and a redundant one, advice to drop both could leave none.
    let unused: HashSet<u32> = unused_index::candidates(facts).iter().map(|index| index.oid).collect();
    let mut findings: Vec<(i64, Finding)> = candidates(facts)
        .filter(|index| !index.guards_data() && !index.clustered && index.bytes >= facts.thresholds.index_bytes)
        .filter(|index| !twins.contains(&index.oid) && !unused.contains(&index.oid))
        .filter_map(|index| {
            let wider = facts
                .indexes(index.table)
                .iter()
                .filter(|other| other.oid != index.oid && other.valid && !other.incomplete && other.partition_of.is_none())
                .filter(|other| !unused.contains(&other.oid) && covers(other, index))
                .min_by_key(|other| other.bytes)?;
            Some((index.bytes, redundant(index, wider)))
        })
        .collect();
    findings.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// Whether every query that `narrow` serves is served by `wide` in the same order.
fn covers(wide: &Index, narrow: &Index) -> bool {
    let prefix = wide.keys.get(..narrow.keys.len());
    let same_keys = prefix == Some(narrow.keys.as_slice());
    let longer = wide.keys.len() > narrow.keys.len() || wide.unique;
    let included = narrow.include.iter().all(|column| {
        wide.include.contains(column) || wide.keys.iter().any(|key| key.column.as_ref() == Some(column))
    });
    // Only a b-tree can be entered by a prefix of its keys.
    wide.method == "btree"
        && narrow.method == "btree"
        && same_keys
        && longer
        && included
        && wide.predicate == narrow.predicate
}

fn redundant(narrow: &Index, wide: &Index) -> Finding {
    let (name, other) = (narrow.name.to_string(), wide.name.to_string());
    let severity = if wide.bytes > narrow.bytes.saturating_mul(MUCH_WIDER) {
        Severity::Info
    } else if narrow.bytes >= MEDIUM_BYTES {
        Severity::Medium
    } else {
        REDUNDANT.severity
    };
    let mut fix = drop_index(narrow);
    fix.notes = Some(format!(
        "{other} is {} and takes over {} scans; measure the queries that used {name} if it is much larger.",
        words::bytes(wide.bytes),
        words::count(narrow.scans)
    ));
    Finding::new(
        &REDUNDANT,
        Object::new(ObjectKind::Index, &name).columns(narrow.key_names()),
        format!(
            "{name} ({}) on ({}) is redundant: {other} on ({}) starts with the same columns",
            words::bytes(narrow.bytes),
            narrow.key_list(),
            wide.key_list()
        ),
    )
    .severity(severity)
    .why("A b-tree on (a, b) answers every search that one on (a) answers, in the same order.")
    .evidence(Evidence::new("pg_index", "covered_by", other))
    .evidence(Evidence::new("pg_class", "bytes", narrow.bytes))
    .evidence(Evidence::new("pg_class", "wider_bytes", wide.bytes))
    .evidence(Evidence::new("pg_stat_user_indexes", "idx_scan", narrow.scans))
    .fix(fix)
}

#[cfg(test)]
#[path = "index_twins_tests.rs"]
mod tests;
