//! Dead rows have piled up beyond the point where autovacuum should have removed them.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, rules::xmin_horizon, words};

pub(crate) const RULE: Rule = Rule {
    id: "dead_tuples",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "Dead rows make every scan of the table read more pages",
};

/// Where autovacuum starts on a table.
pub(crate) fn vacuum_point(facts: &Facts<'_>, table: &Table) -> f64 {
    let base = facts.autovacuum(table, "autovacuum_vacuum_threshold", 50.0);
    let scale = facts.autovacuum(table, "autovacuum_vacuum_scale_factor", 0.2);
    let point = base + scale * table.rows();
    // 18 caps the point; -1 switches the cap off.
    let cap = facts.autovacuum(table, "autovacuum_vacuum_max_threshold", -1.0);
    if cap >= 0.0 { point.min(cap) } else { point }
}

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn is_overdue(facts: &Facts<'_>, table: &Table) -> bool {
    let dead = table.activity.dead_rows;
    table.kind != TableKind::Partitioned
        && !table.vacuum_running
        && dead >= facts.thresholds.dead_rows
        && dead as f64 >= vacuum_point(facts, table) * facts.thresholds.dead_rows_overdue
}

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut overdue: Vec<&Table> =
        facts.snapshot.tables.rows().iter().filter(|table| is_overdue(facts, table)).collect();
    overdue.sort_by_key(|table| std::cmp::Reverse(table.activity.dead_rows));
    overdue
        .into_iter()
        .map(|table| {
            let name = table.name.to_string();
            let dead = table.activity.dead_rows;
            let live = table.activity.live_rows.max(0);
            let share = dead as f64 / (dead + live).max(1) as f64;
            let severity = if dead > live && dead >= facts.thresholds.dead_rows.saturating_mul(10) {
                Severity::High
            } else {
                RULE.severity
            };
            let last = table
                .activity
                .vacuum_age_s
                .map_or_else(|| "never vacuumed".to_owned(), |age| format!("vacuumed {} ago", words::seconds(age)));
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Table, &name),
                format!("{name} has {} dead rows ({} of all), {last}", words::count(dead), words::percent(share)),
            )
            .severity(severity)
            .why(why(facts, table))
            .evidence(Evidence::new("pg_stat_user_tables", "n_dead_tup", dead))
            .evidence(Evidence::new("pg_stat_user_tables", "n_live_tup", live))
            .evidence(Evidence::new("pg_settings", "autovacuum_starts_at_rows", vacuum_point(facts, table).round()))
            .fix(
                Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {name}")])
                    .lock("ShareUpdateExclusiveLock")
                    .notes("Reads and writes go on; the space becomes reusable but the file does not shrink."),
            )
        })
        .collect()
}

/// The most likely reason comes first: a blocked VACUUM cannot help, one that is off never runs.
fn why(facts: &Facts<'_>, table: &Table) -> String {
    let holder = xmin_horizon::oldest(facts).filter(|holder| holder.age >= facts.thresholds.horizon_xids / 100);
    if let Some(holder) = holder {
        return format!(
            "{} is {} transactions behind, and VACUUM keeps every row that died since: end it first.",
            holder.description,
            words::count(holder.age)
        );
    }
    let off = table.options.get("autovacuum_enabled").is_some_and(|value| matches!(&**value, "false" | "off" | "0"));
    if off {
        return "Autovacuum is switched off for this table, so nothing removes its dead rows.".to_owned();
    }
    if facts.settings().and_then(|settings| settings.flag("autovacuum")) == Some(false) {
        return "Autovacuum is switched off on this server, so nothing removes dead rows.".to_owned();
    }
    "Autovacuum starts later than the rows die, or is interrupted; scans and indexes carry the dead rows.".to_owned()
}

#[cfg(test)]
#[path = "dead_tuples_tests.rs"]
mod tests;
