//! How tables are read and kept.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "sequential_scans",
    group: "tables",
    severity: Severity::Medium,
    summary: "A large table is read from end to end again and again",
};

pub(crate) const UNLOGGED: Rule = Rule {
    id: "unlogged_table",
    group: "tables",
    severity: Severity::Low,
    summary: "An unlogged table is empty after a crash and on every standby",
};

pub(crate) const DEFAULT_PARTITION: Rule = Rule {
    id: "default_partition_filled",
    group: "tables",
    severity: Severity::Medium,
    summary: "Rows without a partition of their own pile up in the default partition",
};

/// Rows read by sequential scans that cost minutes of CPU.
const MUCH: i64 = 100_000_000;

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<&Table> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| {
            let activity = &table.activity;
            let per_scan = activity.seq_rows as f64 / activity.seq_scans.max(1) as f64;
            table.rows() >= facts.thresholds.seq_scan_rows
                && activity.seq_scans >= facts.thresholds.seq_scans
                // Scans that stop early (LIMIT, EXISTS) are not the problem.
                && per_scan >= table.rows() * 0.2
        })
        .collect();
    found.sort_by_key(|table| std::cmp::Reverse(table.activity.seq_rows));
    found
        .into_iter()
        .map(|table| {
            let name = table.name.to_string();
            let activity = &table.activity;
            let per_scan = activity.seq_rows as f64 / activity.seq_scans.max(1) as f64;
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "{name} was scanned from end to end {} times, {} rows each time",
                    words::count(activity.seq_scans),
                    words::rows(per_scan)
                ),
            )
            .severity(if activity.seq_rows >= MUCH { RULE.severity } else { Severity::Low })
            .why("A condition without a fitting index reads every page, and pushes others out of the cache.")
            .evidence(Evidence::new("pg_stat_user_tables", "seq_scan", activity.seq_scans))
            .evidence(Evidence::new("pg_stat_user_tables", "seq_tup_read", activity.seq_rows))
            .evidence(Evidence::new("pg_stat_user_tables", "idx_scan", activity.index_scans))
            .fix(Fix::advice(
                FixKind::CreateIndex,
                "Index advice over the workload names the statements and the index; nothing is proposed from counters alone.",
            ))
        })
        .collect()
}

pub(crate) fn check_unlogged(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.unlogged && table.rows() >= 1.0)
        .map(|table| {
            let name = table.name.to_string();
            Finding::new(
                &UNLOGGED,
                Object::new(ObjectKind::Table, &name),
                format!("{name} is unlogged: its {} rows are gone after a crash", words::rows(table.rows())),
            )
            .why("Unlogged tables write no WAL: they are truncated in crash recovery and never reach a standby or backup.")
            .evidence(Evidence::new("pg_class", "relpersistence", "u"))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("ALTER TABLE {name} SET LOGGED")])
                    .undo([format!("ALTER TABLE {name} SET UNLOGGED")])
                    .lock("AccessExclusiveLock")
                    .transactional()
                    .notes("Rewrites the table. Fine as it is for data that can be computed again."),
            )
        })
        .collect()
}

pub(crate) fn check_default_partition(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.default_partition && table.kind == TableKind::Table && table.rows() >= 1.0)
        .map(|table| {
            let name = table.name.to_string();
            let parent = table
                .partition_of
                .and_then(|oid| facts.table(oid))
                .map_or_else(|| "its table".to_owned(), |parent| parent.name.to_string());
            Finding::new(
                &DEFAULT_PARTITION,
                Object::new(ObjectKind::Table, &name),
                format!("{} rows of {parent} fell into the default partition {name}", words::rows(table.rows())),
            )
            .why(
                "Adding a partition for their range scans the default partition under a lock and fails while such \
                 rows are in it; queries by range read it every time.",
            )
            .evidence(Evidence::new("pg_class", "default_partition_rows", table.rows().round()))
            .fix(Fix::advice(
                FixKind::Migration,
                "Create the missing partitions, move the rows in batches, and create future partitions ahead of time.",
            ))
        })
        .collect()
}

#[cfg(test)]
#[path = "table_access_tests.rs"]
mod tests;
