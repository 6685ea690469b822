use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(table: Table) -> Snapshot {
    Snapshot { tables: Probe::Ok(vec![table]), ..Snapshot::default() }
}

fn dead(rows: i64, dead_rows: i64) -> Table {
    let mut table = fixture::table(1, "orders", rows);
    table.activity.dead_rows = dead_rows;
    table
}

#[test]
fn overdue_means_beyond_the_point_where_autovacuum_starts() {
    let finding = fixture::only(&snapshot(dead(100_000, 60_000)), RULE.id);
    assert_eq!(finding.title, "public.orders has 60,000 dead rows (38 % of all), vacuumed 60 min ago");
    assert!(fixture::found(&snapshot(dead(100_000, 15_000)), RULE.id).is_empty());
    assert!(fixture::found(&snapshot(dead(1_000, 9_000)), RULE.id).is_empty());
    assert_eq!(fixture::only(&snapshot(dead(50_000, 200_000)), RULE.id).severity, Severity::High);
}

#[test]
fn table_options_and_the_cap_of_18_move_the_point() {
    let mut table = dead(100_000, 15_000);
    table.options.insert("autovacuum_vacuum_scale_factor".into(), "0.01".into());
    assert_eq!(fixture::found(&snapshot(table.clone()), RULE.id).len(), 1);
    table.options.insert("autovacuum_enabled".into(), "false".into());
    assert!(fixture::only(&snapshot(table), RULE.id).why.contains("switched off for this table"));

    let mut large = snapshot(dead(1_000_000_000, 160_000_000));
    assert!(fixture::found(&large, RULE.id).is_empty());
    large.settings = fixture::settings(&[("autovacuum_vacuum_max_threshold", "100000000", "")]);
    assert_eq!(fixture::found(&large, RULE.id).len(), 1);
}

#[test]
fn a_table_that_is_being_vacuumed_is_taken_care_of() {
    let table = Table { vacuum_running: true, ..dead(100_000, 60_000) };
    assert!(fixture::found(&snapshot(table), RULE.id).is_empty());
}
