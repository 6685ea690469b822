//! How the rows of large tables lie on disk.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Column, Table, TableKind, facts::Facts, words};

pub(crate) const VISIBILITY: Rule = Rule {
    id: "visibility_map_low",
    group: "vacuum",
    severity: Severity::Low,
    summary: "Few pages are known to be visible to all: index-only scans read the table anyway",
};

pub(crate) const TOAST: Rule = Rule {
    id: "toast_heavy",
    group: "tables",
    severity: Severity::Info,
    summary: "Most of a table's bytes are long values that pglz compresses slowly",
};

pub(crate) const FREEZE: Rule = Rule {
    id: "freeze_ahead",
    group: "vacuum",
    severity: Severity::Low,
    summary: "An autovacuum that cannot be put off will soon read a very large table",
};

pub(crate) const PADDING: Rule = Rule {
    id: "column_padding",
    group: "tables",
    severity: Severity::Info,
    summary: "The order of the columns leaves gaps in every row",
};

/// Long values dominate when they take this many times the rows' own bytes.
const TOAST_RATIO: i64 = 5;
/// A table from which freezing takes long enough to plan for.
const FREEZE_FACTOR: i64 = 10;

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_visibility(facts: &Facts<'_>) -> Vec<Finding> {
    let share = |table: &Table| table.all_visible_pages as f64 / table.relpages.max(1) as f64;
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| {
            table.kind == TableKind::Table
                && !table.vacuum_running
                && table.heap_bytes >= facts.thresholds.large_table_bytes
                && table.activity.index_scans > 0
                // Vacuumed in the last hour: writes undo it as fast as VACUUM does it.
                && table.activity.vacuum_age_s.is_none_or(|age| age >= 3_600.0)
                && share(table) < facts.thresholds.visible_share
        })
        .map(|table| {
            let name = table.name.to_string();
            Finding::new(
                &VISIBILITY,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "{} of the pages of {name} ({}) are marked all-visible",
                    words::percent(share(table)),
                    words::bytes(table.heap_bytes)
                ),
            )
            .confidence(Confidence::Estimated)
            .why("An index-only scan must look into each page that is not marked; VACUUM sets the marks.")
            .evidence(Evidence::new("pg_class", "relallvisible", table.all_visible_pages))
            .evidence(Evidence::new("pg_class", "relpages", table.relpages))
            .evidence(Evidence::new("pg_stat_user_tables", "vacuum_age_s", table.activity.vacuum_age_s))
            .fix(
                Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {name}")])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("If it comes back, lower autovacuum_vacuum_insert_scale_factor for this table."),
            )
        })
        .collect()
}

pub(crate) fn check_toast(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(server) = facts.server().filter(|server| server.major() >= 14) else { return Vec::new() };
    if facts.settings().and_then(|settings| settings.text("default_toast_compression")) != Some("pglz") {
        return Vec::new();
    }
    let heavy: Vec<&Table> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| {
            table.toast_bytes >= facts.thresholds.large_table_bytes
                && table.toast_bytes >= table.heap_bytes.saturating_mul(TOAST_RATIO)
        })
        .collect();
    let Some(largest) = heavy.iter().max_by_key(|table| table.toast_bytes) else { return Vec::new() };
    let name = largest.name.to_string();
    vec![
        Finding::new(
            &TOAST,
            Object::new(ObjectKind::Setting, "default_toast_compression"),
            format!(
                "{} keep most of their bytes in TOAST, the largest {name} with {}, compressed with pglz",
                words::plural(heavy.len(), "table", "tables"),
                words::bytes(largest.toast_bytes)
            ),
        )
        .why("lz4 compresses and expands several times faster than pglz; statements that read long values feel it.")
        .evidence(Evidence::new("pg_class", "toast_bytes", largest.toast_bytes))
        .evidence(Evidence::new("pg_class", "heap_bytes", largest.heap_bytes))
        .evidence(Evidence::new("pg_settings", "server_version", server.version.clone()))
        .fix({
            let mut fix = super::alter_system("default_toast_compression", "'lz4'");
            fix.notes = Some("For new values only, and only on a server built with lz4.".to_owned());
            fix
        }),
    ]
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "ages for people")]
pub(crate) fn check_freeze(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table && !table.vacuum_running)
        .filter(|table| table.heap_bytes >= facts.thresholds.large_table_bytes.saturating_mul(FREEZE_FACTOR))
        .filter_map(|table| {
            let limit = facts.autovacuum(table, "autovacuum_freeze_max_age", 200_000_000.0);
            let age = table.xid_age as f64;
            if age < limit * facts.thresholds.freeze_share || age >= limit {
                return None;
            }
            let name = table.name.to_string();
            Some(
                Finding::new(
                    &FREEZE,
                    Object::new(ObjectKind::Table, &name),
                    format!(
                        "in {} transactions autovacuum must read all of {name} ({})",
                        words::count((limit - age) as i64),
                        words::bytes(table.heap_bytes)
                    ),
                )
                .why(
                    "A vacuum against wraparound is not cancelled by waiting DDL: ALTER TABLE queues behind it, and \
                     everybody behind the ALTER TABLE.",
                )
                .evidence(Evidence::new("pg_class", "relfrozenxid_age", table.xid_age))
                .evidence(Evidence::new("pg_settings", "autovacuum_freeze_max_age", limit))
                .fix(
                    Fix::sql(FixKind::Vacuum, [format!("VACUUM (FREEZE) {name}")])
                        .lock("ShareUpdateExclusiveLock")
                        .notes("In a quiet hour, before the server chooses a busy one. There is nothing to take back."),
                ),
            )
        })
        .collect()
}

pub(crate) fn check_padding(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table && table.partition_of.is_none())
        .filter_map(|table| {
            let gap = gap(facts.columns(table.oid));
            let saved = table.rows() * f64::from(gap);
            if gap < 8 || saved < facts.thresholds.padding_bytes {
                return None;
            }
            let name = table.name.to_string();
            #[expect(clippy::cast_possible_truncation, reason = "a size in bytes")]
            let shown = words::bytes(saved as i64);
            Some(
                Finding::new(
                    &PADDING,
                    Object::new(ObjectKind::Table, &name),
                    format!("{gap} bytes of each row of {name} only align the next column: {shown} in all"),
                )
                .confidence(Confidence::Estimated)
                .why("A value of eight bytes starts at a multiple of eight; a short column before it leaves a gap.")
                .evidence(Evidence::new("pg_attribute", "padding_bytes", gap))
                .evidence(Evidence::new("pg_class", "rows", table.rows().round()))
                .fix(Fix::advice(
                    FixKind::Migration,
                    "When the table is rebuilt anyway, order its columns by alignment: eight bytes first, then four, \
                     two, one, then those of variable length.",
                )),
            )
        })
        .collect()
}

/// Bytes that the columns of fixed length before the first one of variable length would save by
/// standing in order of their alignment. What follows a column of variable length starts anywhere.
fn gap(columns: &[&Column]) -> i32 {
    let mut ordered: Vec<&Column> = columns.to_vec();
    ordered.sort_by_key(|column| column.position);
    let mut fixed: Vec<&Column> =
        ordered.into_iter().take_while(|column| column.length > 0 && column.alignment > 0).collect();
    let now = end(&fixed);
    fixed.sort_by_key(|column| std::cmp::Reverse(column.alignment));
    now - end(&fixed)
}

fn end(columns: &[&Column]) -> i32 {
    columns.iter().fold(0, |at, column| {
        let alignment = i32::from(column.alignment.max(1));
        (at + alignment - 1) / alignment * alignment + i32::from(column.length)
    })
}

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;
