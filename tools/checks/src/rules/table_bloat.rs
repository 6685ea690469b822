//! A table's file is much larger than its rows need (an estimate from the planner's statistics).

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "table_bloat",
    group: "vacuum",
    severity: Severity::Low,
    summary: "A large part of the table's file holds no rows, and every scan reads it",
};

const PAGE: f64 = 8192.0;
/// Page header.
const PAGE_HEADER: f64 = 24.0;
/// Line pointer and row header, both aligned.
const ROW_OVERHEAD: f64 = 4.0 + 24.0;
/// Waste in bytes that users notice in caches and backups.
const MEDIUM_BYTES: f64 = 100.0 * 1024.0 * 1024.0;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut bloated: Vec<(&Table, f64, f64)> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind != TableKind::Partitioned && table.heap_bytes >= facts.thresholds.bloat_bytes)
        .filter_map(|table| {
            let (wasted, share) = estimate(table)?;
            (share >= facts.thresholds.bloat_share).then_some((table, wasted, share))
        })
        .collect();
    bloated.sort_by(|left, right| right.1.total_cmp(&left.1));
    bloated.into_iter().map(|(table, wasted, share)| finding(table, wasted, share)).collect()
}

/// Wasted bytes and their share, or nothing where the statistics cannot carry an estimate: not
/// every column has some, or too many rows came after them.
#[expect(clippy::cast_precision_loss, reason = "sizes and counts stay far below 2^52")]
fn estimate(table: &Table) -> Option<(f64, f64)> {
    let width = table.row_width?;
    let changed = table.activity.modified_since_analyze as f64;
    if table.reltuples <= 0.0 || table.columns_with_stats? < table.column_count || changed > table.reltuples * 0.2 {
        return None;
    }
    let fill = table.option_number("fillfactor").unwrap_or(100.0) / 100.0;
    let row = ROW_OVERHEAD + (width / 8.0).ceil() * 8.0;
    let per_page = ((PAGE - PAGE_HEADER) * fill / row).floor().max(1.0);
    let needed = (table.reltuples / per_page).ceil() * PAGE;
    let size = table.heap_bytes as f64;
    let wasted = (size - needed).max(0.0);
    Some((wasted, wasted / size.max(1.0)))
}

#[expect(clippy::cast_possible_truncation, reason = "a file size; the cast saturates")]
fn finding(table: &Table, wasted: f64, share: f64) -> Finding {
    let name = table.name.to_string();
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Table, &name),
        format!(
            "{name} is {} on disk, of which about {} ({}) holds no rows",
            words::bytes(table.heap_bytes),
            words::bytes(wasted as i64),
            words::percent(share)
        ),
    )
    .severity(if wasted >= MEDIUM_BYTES { Severity::Medium } else { RULE.severity })
    .confidence(Confidence::Estimated)
    .why("Free space inside the file is reused by new rows but read by every scan and copied by every backup.")
    .evidence(Evidence::new("pg_class", "heap_bytes", table.heap_bytes))
    .evidence(Evidence::new("pg_class", "reltuples", table.reltuples))
    .evidence(Evidence::new("pg_stats", "row_width_bytes", table.row_width))
    .evidence(Evidence::new("pg_stat_user_tables", "n_dead_tup", table.activity.dead_rows))
    .fix(
        Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {name}")]).lock("ShareUpdateExclusiveLock").notes(
            "An estimate from average widths; pgstattuple_approx measures it. VACUUM makes the space reusable. To \
             give it back use pg_repack, or VACUUM FULL in a maintenance window (AccessExclusiveLock for its whole run).",
        ),
    )
}

#[cfg(test)]
#[path = "table_bloat_tests.rs"]
mod tests;
