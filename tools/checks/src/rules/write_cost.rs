//! Indexes make the writes of a table slow: updates that cannot be HOT, too many indexes.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Table, TableKind, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "hot_update_blockers",
    group: "indexes",
    severity: Severity::Low,
    summary: "Most updates write every index of the table because they cannot stay on the page",
};

pub(crate) const COUNT: Rule = Rule {
    id: "too_many_indexes",
    group: "indexes",
    severity: Severity::Low,
    summary: "Each insert into the table writes many indexes",
};

/// Room for one more version of most rows on each page.
const FILL_FACTOR: u32 = 85;

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(i64, Finding)> = facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Table && table.activity.updated >= facts.thresholds.hot_updates)
        .filter_map(|table| {
            let activity = &table.activity;
            let share = activity.hot_updated as f64 / activity.updated as f64;
            let indexes = facts.indexes(table.oid).len();
            (share < facts.thresholds.hot_share && indexes > 0)
                .then(|| (activity.updated - activity.hot_updated, hot(table, share, indexes)))
        })
        .collect();
    found.sort_by_key(|(cold, _)| std::cmp::Reverse(*cold));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn hot(table: &Table, share: f64, indexes: usize) -> Finding {
    let name = table.name.to_string();
    let full = table.option_number("fillfactor").unwrap_or(100.0) > 95.0;
    let fix = if full {
        Fix::sql(FixKind::SetOption, [format!("ALTER TABLE {name} SET (fillfactor = {FILL_FACTOR})")])
            .undo([format!("ALTER TABLE {name} RESET (fillfactor)")])
            .lock("ShareUpdateExclusiveLock")
            .transactional()
            .notes(
                "Applies to pages written from now on. It helps only where the updated columns are in no index; an \
                 index on a column that changes often (updated_at, status) makes HOT impossible.",
            )
    } else {
        Fix::advice(
            FixKind::DropIndex,
            "The pages have room, so the updated columns are indexed: drop the index on the column that changes often.",
        )
    };
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Table, &name),
        format!(
            "{} of {} updates of {name} wrote all its {}",
            words::percent(1.0 - share),
            words::count(table.activity.updated),
            words::plural(indexes, "index", "indexes")
        ),
    )
    .why("An update stays on its page (HOT) only if no indexed column changes and the page has room.")
    .evidence(Evidence::new("pg_stat_user_tables", "n_tup_upd", table.activity.updated))
    .evidence(Evidence::new("pg_stat_user_tables", "n_tup_hot_upd", table.activity.hot_updated))
    .fix(fix)
}

pub(crate) fn check_count(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind != TableKind::MaterializedView && table.partition_of.is_none())
        .filter(|table| table.rows() >= facts.thresholds.stale_rows)
        .filter_map(|table| {
            let count = facts.indexes(table.oid).len();
            (count > facts.thresholds.index_count).then_some((table, count))
        })
        .map(|(table, count)| {
            let name = table.name.to_string();
            let unused = facts.indexes(table.oid).iter().filter(|index| index.scans == 0 && !index.guards_data()).count();
            Finding::new(
                &COUNT,
                Object::new(ObjectKind::Table, &name),
                format!("{name} has {count} indexes, {unused} of them without a scan: each insert writes all of them"),
            )
            .why("Writes, WAL, vacuum and the planner's time grow with every index.")
            .evidence(Evidence::new("pg_index", "indexes", count))
            .evidence(Evidence::new("pg_stat_user_indexes", "without_scans", unused))
            .fix(Fix::advice(FixKind::DropIndex, "Start with the unused, duplicate and redundant ones."))
        })
        .collect()
}

#[cfg(test)]
#[path = "write_cost_tests.rs"]
mod tests;
