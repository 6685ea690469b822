//! The planner works with statistics that are old or missing.

use std::collections::HashMap;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "stale_statistics",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "Many rows changed since ANALYZE: plans follow counts that are no longer true",
};

pub(crate) const NEVER: Rule = Rule {
    id: "never_analyzed",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "A table without statistics is planned by guesses",
};

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let limits = facts.thresholds;
    let mut stale: Vec<(&Table, f64)> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind != TableKind::Partitioned && !is_never_analyzed(table))
        .filter_map(|table| {
            let rows = table.rows().max(table.activity.live_rows as f64);
            let share = table.activity.modified_since_analyze as f64 / rows.max(1.0);
            (rows >= limits.stale_rows && share >= limits.stale_share).then_some((table, share))
        })
        .collect();
    stale.sort_by(|left, right| right.1.total_cmp(&left.1));
    stale
        .into_iter()
        .map(|(table, _)| {
            let name = table.name.to_string();
            let changed = table.activity.modified_since_analyze;
            let last = table
                .activity
                .analyze_age_s
                .map_or_else(String::new, |age| format!(", {} ago", words::seconds(age)));
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "{} row changes in {name} ({} rows) since the last ANALYZE{last}: estimates rest on old values",
                    words::count(changed),
                    words::count(table.activity.live_rows)
                ),
            )
            .why("Row estimates come from statistics; when they are off, joins, sorts and index choices are too.")
            .evidence(Evidence::new("pg_stat_user_tables", "n_mod_since_analyze", changed))
            .evidence(Evidence::new("pg_stat_user_tables", "n_live_tup", table.activity.live_rows))
            .fix(analyze(&name))
        })
        .collect()
}

pub(crate) fn check_never(facts: &Facts<'_>) -> Vec<Finding> {
    let tables = facts.snapshot.tables.rows();
    let mut partition_rows: HashMap<u32, f64> = HashMap::new();
    for table in tables {
        if let Some(parent) = table.partition_of {
            *partition_rows.entry(parent).or_default() += table.rows();
        }
    }
    // One tenth of the limit for staleness: no statistics are worse than old ones.
    let enough = facts.thresholds.stale_rows / 10.0;
    tables
        .iter()
        .filter(|table| is_never_analyzed(table))
        .filter_map(|table| {
            let partitioned = table.kind == TableKind::Partitioned;
            let rows =
                if partitioned { partition_rows.get(&table.oid).copied().unwrap_or_default() } else { table.rows() };
            (rows >= enough).then_some((table, partitioned, rows))
        })
        .map(|(table, partitioned, rows)| {
            let name = table.name.to_string();
            let (title, why) = if partitioned {
                (
                    format!("partitioned table {name} has no statistics over its {} rows", words::rows(rows)),
                    "Autovacuum analyzes partitions only, never their parent; joins over the whole table are guessed.",
                )
            } else {
                (
                    format!("{name} has about {} rows and no statistics", words::rows(rows)),
                    "Without statistics the planner assumes fixed shares for every condition.",
                )
            };
            Finding::new(&NEVER, Object::new(ObjectKind::Table, &name), title)
                .severity(if partitioned { Severity::Low } else { NEVER.severity })
                .why(why)
                .evidence(Evidence::new("pg_statistic", "columns_with_stats", table.columns_with_stats))
                .evidence(Evidence::new("pg_class", "reltuples", table.reltuples))
                .fix(analyze(&name))
        })
        .collect()
}

/// Restored databases keep counters but lose statistics, crashed ones the other way round: the
/// statistics themselves are what counts.
fn is_never_analyzed(table: &Table) -> bool {
    match table.columns_with_stats {
        Some(columns) => columns == 0 && table.column_count > 0,
        None => table.reltuples < 0.0,
    }
}

fn analyze(name: &str) -> Fix {
    Fix::sql(FixKind::Analyze, [format!("ANALYZE {name}")]).lock("ShareUpdateExclusiveLock").transactional()
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
