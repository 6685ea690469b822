//! Autovacuum is switched off, for the server or for one table.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Environment, facts::Facts, rules::alter_system, words};

pub(crate) const RULE: Rule = Rule {
    id: "autovacuum_off",
    group: "vacuum",
    severity: Severity::High,
    summary: "Without autovacuum dead rows pile up, statistics age and wraparound comes nearer",
};

pub(crate) const TABLE: Rule = Rule {
    id: "autovacuum_off_for_table",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "Autovacuum is switched off for one table",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    ["autovacuum", "track_counts"]
        .into_iter()
        .filter(|name| settings.flag(name) == Some(false))
        .map(|name| {
            let cost = if name == "autovacuum" {
                "nothing removes dead rows or renews statistics"
            } else {
                "autovacuum sees no changes and never starts"
            };
            let severity = if facts.thresholds.environment == Environment::Development {
                Severity::Info
            } else {
                RULE.severity
            };
            Finding::new(&RULE, Object::new(ObjectKind::Setting, name), format!("{name} is off: {cost}"))
                .severity(severity)
                .why("Only wraparound protection still runs; tables and indexes grow and plans follow old statistics.")
                .evidence(Evidence::new("pg_settings", name, "off"))
                .fix(alter_system(name, "on"))
        })
        .collect()
}

pub(crate) fn check_table(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| {
            table.options.get("autovacuum_enabled").is_some_and(|value| matches!(&**value, "false" | "off" | "0" | "no"))
        })
        .map(|table| {
            let name = table.name.to_string();
            let small = table.rows() < facts.thresholds.stale_rows && table.activity.dead_rows < facts.thresholds.dead_rows;
            Finding::new(
                &TABLE,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "autovacuum is off for {name} ({} rows, {} dead): it is neither vacuumed nor analyzed",
                    words::rows(table.rows()),
                    words::count(table.activity.dead_rows)
                ),
            )
            .severity(if small { Severity::Low } else { TABLE.severity })
            .why("A switch that was meant for one bulk load stays for ever; dead rows pile up and statistics age.")
            .evidence(Evidence::new("pg_class", "autovacuum_enabled", "false"))
            .evidence(Evidence::new("pg_stat_user_tables", "n_dead_tup", table.activity.dead_rows))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("ALTER TABLE {name} RESET (autovacuum_enabled)")])
                    .undo([format!("ALTER TABLE {name} SET (autovacuum_enabled = false)")])
                    .lock("ShareUpdateExclusiveLock")
                    .transactional(),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "autovacuum_off_tests.rs"]
mod tests;
