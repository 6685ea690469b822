//! Autovacuum is on, but its settings do not fit the table or the load.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, rules::dead_tuples, words};

pub(crate) const RULE: Rule = Rule {
    id: "vacuum_scale_factor",
    group: "vacuum",
    severity: Severity::Low,
    summary: "On a large table the default scale factor lets millions of dead rows pile up",
};

pub(crate) const INSERT_ONLY: Rule = Rule {
    id: "insert_only_never_vacuumed",
    group: "vacuum",
    severity: Severity::Low,
    summary: "A table that only grows is never vacuumed: index-only scans read the heap",
};

pub(crate) const WORKERS: Rule = Rule {
    id: "autovacuum_workers_saturated",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "All autovacuum workers are busy and tables wait",
};

/// Dead rows at which a large table should be vacuumed.
const TARGET_ROWS: f64 = 500_000.0;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table && table.activity.updated + table.activity.deleted > 0)
        .map(|table| (table, dead_tuples::vacuum_point(facts, table)))
        .filter(|(_, point)| *point >= facts.thresholds.scale_factor_rows)
        .map(|(table, point)| {
            let name = table.name.to_string();
            let scale = (TARGET_ROWS / table.rows()).clamp(0.0005, 0.2);
            // One significant digit is all that such a number can carry.
            let digits = 10_f64.powi(-scale.log10().floor() as i32);
            let scale = (scale * digits).round() / digits;
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "autovacuum waits for {} dead rows in {name} ({} rows)",
                    words::rows(point),
                    words::rows(table.rows())
                ),
            )
            .why("The threshold grows with the table; a large one is vacuumed rarely and then for very long.")
            .evidence(Evidence::new("pg_class", "reltuples", table.reltuples))
            .evidence(Evidence::new("pg_settings", "autovacuum_starts_at_rows", point.round()))
            .fix(
                Fix::sql(
                    FixKind::SetOption,
                    [format!("ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = {scale})")],
                )
                .undo([undo(table, &name)])
                .lock("ShareUpdateExclusiveLock")
                .transactional(),
            )
        })
        .collect()
}

fn undo(table: &Table, name: &str) -> String {
    match table.option_number("autovacuum_vacuum_scale_factor") {
        Some(before) => format!("ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = {before})"),
        None => format!("ALTER TABLE {name} RESET (autovacuum_vacuum_scale_factor)"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn check_insert_only(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table)
        .filter(|table| {
            let activity = &table.activity;
            let writes = activity.updated + activity.deleted;
            activity.inserted_since_vacuum as f64 >= facts.thresholds.insert_only_rows
                && writes.saturating_mul(100) <= activity.inserted
                && table.all_visible_pages.saturating_mul(2) < table.relpages.max(1)
                && !table.vacuum_running
        })
        .map(|table| {
            let name = table.name.to_string();
            let inserted = table.activity.inserted_since_vacuum;
            Finding::new(
                &INSERT_ONLY,
                Object::new(ObjectKind::Table, &name),
                format!("{name} has taken {} rows since it was last vacuumed", words::count(inserted)),
            )
            .why(
                "Only VACUUM marks pages as visible to all; until then index-only scans read the heap, and freezing \
                 comes in one large run later.",
            )
            .evidence(Evidence::new("pg_stat_user_tables", "n_ins_since_vacuum", inserted))
            .evidence(Evidence::new("pg_class", "relallvisible", table.all_visible_pages))
            .evidence(Evidence::new("pg_class", "relpages", table.relpages))
            .fix(Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {name}")]).lock("ShareUpdateExclusiveLock"))
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "worker counts are small")]
pub(crate) fn check_workers(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(limit) = facts.settings().and_then(|settings| settings.number("autovacuum_max_workers")) else {
        return Vec::new();
    };
    let busy = facts.sessions().iter().filter(|session| session.backend_type == "autovacuum worker").count();
    let waiting = facts.snapshot.tables.rows().iter().filter(|table| dead_tuples::is_overdue(facts, table)).count();
    if (busy as f64) < limit || waiting == 0 {
        return Vec::new();
    }
    vec![
        Finding::new(
            &WORKERS,
            Object::new(ObjectKind::Setting, "autovacuum_max_workers"),
            format!(
                "all {busy} autovacuum workers are busy while {} overdue",
                if waiting == 1 { "1 table is".to_owned() } else { format!("{waiting} tables are") }
            ),
        )
        .why("Workers share one I/O budget (autovacuum_vacuum_cost_limit); more workers alone make each slower.")
        .evidence(Evidence::new("pg_stat_activity", "autovacuum_workers", busy))
        .evidence(Evidence::new("pg_stat_user_tables", "tables_waiting_for_vacuum", waiting))
        .fix(
            Fix::sql(
                FixKind::SetOption,
                ["ALTER SYSTEM SET autovacuum_vacuum_cost_limit = 2000", "SELECT pg_reload_conf()"],
            )
            .undo(["ALTER SYSTEM RESET autovacuum_vacuum_cost_limit", "SELECT pg_reload_conf()"])
            .notes("Ten times the default budget; watch the I/O of the server after the change."),
        ),
    ]
}

#[cfg(test)]
#[path = "vacuum_tuning_tests.rs"]
mod tests;
