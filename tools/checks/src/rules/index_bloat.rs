//! Indexes that take more room than their entries, or that cannot do what they were made for.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Index, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "index_bloat",
    group: "indexes",
    severity: Severity::Low,
    summary: "A b-tree is mostly empty pages: it takes cache and disk that its entries do not need",
};

pub(crate) const WEIGHT: Rule = Rule {
    id: "indexes_heavier_than_table",
    group: "indexes",
    severity: Severity::Info,
    summary: "The indexes of a table are several times its size",
};

pub(crate) const METHOD: Rule = Rule {
    id: "index_method_mismatch",
    group: "indexes",
    severity: Severity::Low,
    summary: "A b-tree over a container type serves equality of the whole value only",
};

pub(crate) const CACHE: Rule = Rule {
    id: "index_read_from_disk",
    group: "indexes",
    severity: Severity::Info,
    summary: "An index is read from outside the buffer cache most of the time",
};

/// Bytes of a b-tree page that hold entries at the default fill factor.
const PAGE_ROOM: f64 = 8152.0 * 0.9;
/// Line pointer and tuple header of an entry.
const ENTRY: f64 = 12.0;
/// Waste of this size is worth planning for.
const LARGE_WASTE: f64 = 1024.0 * 1024.0 * 1024.0;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(f64, Finding)> =
        facts.snapshot.indexes.rows().iter().filter_map(|index| bloat(facts, index)).collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes for people")]
fn bloat(facts: &Facts<'_>, index: &Index) -> Option<(f64, Finding)> {
    let measurable = index.method == "btree"
        && index.valid
        && !index.incomplete
        && !index.partitioned
        && index.predicate.is_none()
        && index.reltuples > 0.0
        && index.bytes >= facts.thresholds.index_bloat_bytes;
    if !measurable {
        return None;
    }
    let mut width = ENTRY;
    let names =
        index.keys.iter().map(|key| key.column.as_deref()).chain(index.include.iter().map(|name| Some(&**name)));
    for name in names {
        let stats = facts.column(index.table, name?)?.stats.as_ref()?;
        width += (1.0 - stats.null_frac) * stats.avg_width;
    }
    // Entries are aligned to eight bytes; equal keys share one entry since 13, so that the
    // estimate errs towards no finding.
    let expected = index.reltuples * (width / 8.0).ceil() * 8.0 / PAGE_ROOM * 8192.0;
    let bytes = index.bytes as f64;
    let wasted = bytes - expected;
    if wasted < bytes * facts.thresholds.index_bloat_share {
        return None;
    }
    let name = index.name.to_string();
    let finding = Finding::new(
        &RULE,
        Object::new(ObjectKind::Index, &name).columns(index.key_names()),
        format!(
            "{name} takes {}, its {} entries need about {}",
            words::bytes(index.bytes),
            words::rows(index.reltuples),
            words::bytes(expected as i64)
        ),
    )
    .severity(if wasted >= LARGE_WASTE { Severity::Medium } else { RULE.severity })
    .confidence(Confidence::Estimated)
    .why(
        "Pages emptied by deletes and updates are seldom filled again; each search and each backup reads more of them.",
    )
    .evidence(Evidence::new("pg_class", "bytes", index.bytes))
    .evidence(Evidence::new("pg_stats", "expected_bytes", expected.round()))
    .evidence(Evidence::new("pg_class", "entries", index.reltuples))
    .fix(
        Fix::sql(FixKind::Vacuum, [format!("REINDEX INDEX CONCURRENTLY {name}")])
            .lock("ShareUpdateExclusiveLock")
            .notes(
                "Needs the room of the new index meanwhile. pgstatindex of the extension pgstattuple gives the exact \
                 share. There is nothing to take back.",
            ),
    );
    Some((wasted, finding))
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people")]
pub(crate) fn check_weight(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(i64, Finding)> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table)
        .filter_map(|table| {
            let own = table.heap_bytes + table.toast_bytes;
            let indexes = facts.indexes(table.oid);
            let bytes: i64 = indexes.iter().map(|index| index.bytes).sum();
            let heavy = bytes >= facts.thresholds.large_table_bytes
                && own > 0
                && bytes as f64 >= own as f64 * facts.thresholds.index_weight;
            let largest = indexes.iter().max_by_key(|index| index.bytes).filter(|_| heavy)?;
            let name = table.name.to_string();
            let finding = Finding::new(
                &WEIGHT,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "the {} of {name} take {}, its rows {}",
                    words::plural(indexes.len(), "index", "indexes"),
                    words::bytes(bytes),
                    words::bytes(own)
                ),
            )
            .why("Indexes compete with the rows for cache, and each of them is written by every insert.")
            .evidence(Evidence::new("pg_class", "index_bytes", bytes))
            .evidence(Evidence::new("pg_class", "table_bytes", own))
            .evidence(Evidence::new("pg_class", "largest_index", largest.name.to_string()))
            .fix(Fix::advice(
                FixKind::None,
                "Look at the unused, redundant and bloated indexes of this table first; what remains is paid for on purpose.",
            ));
            Some((bytes, finding))
        })
        .collect();
    found.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    found.into_iter().map(|(_, finding)| finding).collect()
}

pub(crate) fn check_method(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .indexes
        .rows()
        .iter()
        .filter(|index| index.method == "btree" && index.valid && !index.guards_data() && index.partition_of.is_none())
        .filter_map(|index| {
            let [key] = index.keys.as_slice() else { return None };
            let column = facts.column(index.table, key.column.as_deref()?)?;
            let what = match column.base_type.as_str() {
                "jsonb" => "contains (@>), has key (?)",
                "tsvector" => "full text search (@@)",
                array if array.starts_with('_') => "contains (@>), overlaps (&&), = ANY(column)",
                _ => return None,
            };
            let name = index.name.to_string();
            let quoted = dbwright_sql::quote_ident(&column.name);
            let mut new = format!("{}_gin", index.name.name);
            new.truncate(new.floor_char_boundary(63));
            let new_name = dbwright_sql::quote_qualified(Some(&index.name.schema), &new);
            Some(
                Finding::new(
                    &METHOD,
                    Object::new(ObjectKind::Index, &name).columns([&column.name]),
                    format!("{name} is a b-tree over {quoted} ({}): it cannot serve {what}", column.type_name),
                )
                .why(
                    "A b-tree orders whole values; it finds nothing inside them, and an entry above 2,704 bytes makes \
                     the insert fail.",
                )
                .evidence(Evidence::new("pg_index", "method", "btree"))
                .evidence(Evidence::new("pg_attribute", "type", column.type_name.clone()))
                .evidence(Evidence::new("pg_stat_user_indexes", "idx_scan", index.scans))
                .fix(
                    Fix::sql(
                        FixKind::CreateIndex,
                        [
                            format!(
                                "CREATE INDEX CONCURRENTLY {} ON {} USING gin ({quoted})",
                                dbwright_sql::quote_ident(&new),
                                index.relation
                            ),
                            format!("DROP INDEX CONCURRENTLY {name}"),
                        ],
                    )
                    .undo([super::indexes::create_concurrently(index), format!("DROP INDEX CONCURRENTLY {new_name}")])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("Keep the b-tree if queries compare or sort by the whole value."),
                ),
            )
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
pub(crate) fn check_cache(facts: &Facts<'_>) -> Vec<Finding> {
    let share = |index: &Index| index.blocks_hit as f64 / (index.blocks_hit + index.blocks_read).max(1) as f64;
    let mut found: Vec<&Index> = facts
        .snapshot
        .indexes
        .rows()
        .iter()
        .filter(|index| index.blocks_read >= facts.thresholds.cache_blocks && share(index) < 0.5)
        .collect();
    found.sort_by_key(|index| std::cmp::Reverse(index.blocks_read));
    found
        .into_iter()
        .map(|index| {
            let name = index.name.to_string();
            Finding::new(
                &CACHE,
                Object::new(ObjectKind::Index, &name),
                format!(
                    "only {} of the pages of {name} ({}) that queries asked for were in the buffer cache",
                    words::percent(share(index)),
                    words::bytes(index.bytes)
                ),
            )
            .why("Each search reads pages from outside; an index is useful while its upper levels stay in memory.")
            .evidence(Evidence::new("pg_statio_user_indexes", "idx_blks_read", index.blocks_read))
            .evidence(Evidence::new("pg_statio_user_indexes", "idx_blks_hit", index.blocks_hit))
            .evidence(Evidence::new("pg_stat_database", "window_s", facts.stats_window_s().round()))
            .fix(Fix::advice(
                FixKind::None,
                "Random keys (UUID version 4) touch every page: keys that grow in time, fewer columns, a partial index \
                 or more shared_buffers keep the hot part in memory.",
            ))
        })
        .collect()
}

#[cfg(test)]
#[path = "index_bloat_tests.rs"]
mod tests;
