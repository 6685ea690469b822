//! No query has used the index since the statistics were reset.

use dbwright_finding::{Evidence, Finding, Object, ObjectKind, Rule, Severity};

use crate::{
    Index,
    facts::Facts,
    rules::{foreign_key_index::is_needed_by_foreign_key, index_twins, indexes::drop_index},
    words,
};

pub(crate) const RULE: Rule = Rule {
    id: "unused_index",
    group: "indexes",
    severity: Severity::Low,
    summary: "An index that no query uses costs time on each write and space in every cache and backup",
};

/// Above this size the cost shows in caches and backups.
const MEDIUM_BYTES: i64 = 64 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut unused = candidates(facts);
    unused.sort_by_key(|index| std::cmp::Reverse(index.bytes));
    unused.into_iter().map(|index| finding(facts, index, facts.stats_window_s())).collect()
}

/// Indexes that nothing needs, as far as the counters go back.
pub(crate) fn candidates<'a>(facts: &Facts<'a>) -> Vec<&'a Index> {
    if facts.stats_window_s() < facts.thresholds.unused_window_s {
        return Vec::new();
    }
    let twins = index_twins::all_twins(facts);
    facts
        .snapshot
        .indexes
        .rows()
        .iter()
        .filter(|index| index.scans == 0 && index.valid && !index.incomplete)
        .filter(|index| index.bytes >= facts.thresholds.index_bytes)
        // A partition's index goes with its parent's; the parent's has no counter of its own.
        .filter(|index| !index.partitioned && index.partition_of.is_none())
        .filter(|index| !index.guards_data() && !index.clustered && !is_needed_by_foreign_key(facts, index))
        // Twins have a rule of their own, which keeps one of them.
        .filter(|index| !twins.contains(&index.oid))
        // A table that nobody reads says nothing about its indexes.
        .filter(|index| {
            facts.table(index.table).is_some_and(|table| table.activity.seq_scans + table.activity.index_scans > 0)
        })
        .collect()
}

fn finding(facts: &Facts<'_>, index: &Index, window: f64) -> Finding {
    let name = index.name.to_string();
    let writes =
        facts.table(index.table).map_or(0, |table| table.activity.inserted + table.activity.updated);
    let (severity, elsewhere) = match (facts.has_standby(), index.bytes) {
        (true, _) => (Severity::Info, " Standbys count their own scans: look there too before dropping it."),
        (false, bytes) if bytes >= MEDIUM_BYTES => (Severity::Medium, ""),
        (false, _) => (RULE.severity, ""),
    };
    let mut fix = drop_index(index);
    fix.notes = Some(format!(
        "Counted over {} on this server; a monthly or yearly job may still need it.{elsewhere}",
        words::seconds(window)
    ));
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Index, &name).columns(index.key_names()),
        format!(
            "{name} ({}) was not used once in {}, while {} took {} inserts and updates",
            words::bytes(index.bytes),
            words::seconds(window),
            index.relation,
            words::count(writes)
        ),
    )
    .severity(severity)
    .why("Every insert and every non-HOT update writes the index; vacuum, backups and the cache carry it.")
    .evidence(Evidence::new("pg_stat_user_indexes", "idx_scan", index.scans))
    .evidence(Evidence::new("pg_stat_database", "statistics_window_s", window.round()))
    .evidence(Evidence::new("pg_class", "bytes", index.bytes))
    .fix(fix)
}

#[cfg(test)]
#[path = "unused_index_tests.rs"]
mod tests;
