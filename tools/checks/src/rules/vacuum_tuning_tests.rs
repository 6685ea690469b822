use super::*;
use crate::{Probe, Session, Snapshot, fixture};

fn snapshot(table: Table) -> Snapshot {
    Snapshot { tables: Probe::Ok(vec![table]), ..Snapshot::default() }
}

#[test]
fn a_large_updated_table_gets_a_factor_of_its_own() {
    let mut table = fixture::table(1, "events", 40_000_000);
    assert!(fixture::found(&snapshot(table.clone()), RULE.id).is_empty(), "nothing dies in it");
    table.activity.updated = 5;
    let fix = fixture::only(&snapshot(table.clone()), RULE.id).fix.unwrap();
    assert_eq!(fix.statements, ["ALTER TABLE public.events SET (autovacuum_vacuum_scale_factor = 0.01)"]);
    assert_eq!(fix.undo, ["ALTER TABLE public.events RESET (autovacuum_vacuum_scale_factor)"]);
    table.options.insert("autovacuum_vacuum_scale_factor".into(), "0.01".into());
    assert!(fixture::found(&snapshot(table), RULE.id).is_empty());
}

#[test]
fn a_growing_table_without_visible_pages_is_noticed() {
    let mut table = fixture::table(1, "log", 5_000_000);
    table.activity.inserted = 5_000_000;
    table.activity.inserted_since_vacuum = 5_000_000;
    table.all_visible_pages = 0;
    assert_eq!(fixture::found(&snapshot(table.clone()), INSERT_ONLY.id).len(), 1);
    table.activity.deleted = 1_000_000;
    assert!(fixture::found(&snapshot(table), INSERT_ONLY.id).is_empty());
}

#[test]
fn busy_workers_matter_only_while_tables_wait() {
    let worker = |pid| Session { backend_type: "autovacuum worker".into(), ..fixture::session(pid, "active") };
    let mut table = fixture::table(1, "orders", 1_000);
    let with = |table: Table| Snapshot {
        sessions: Probe::Ok((1..=3).map(worker).collect()),
        settings: fixture::settings(&[("autovacuum_max_workers", "3", "")]),
        ..snapshot(table)
    };
    assert!(fixture::found(&with(table.clone()), WORKERS.id).is_empty());
    table.activity.dead_rows = 50_000;
    assert_eq!(fixture::found(&with(table), WORKERS.id).len(), 1);
}
