use super::*;
use crate::{Probe, Snapshot, Thresholds, fixture, run};

#[test]
fn both_switches_of_the_server_count() {
    let snapshot = Snapshot {
        settings: fixture::settings(&[("autovacuum", "on", ""), ("track_counts", "off", "")]),
        ..Snapshot::default()
    };
    assert!(fixture::only(&snapshot, RULE.id).title.starts_with("track_counts is off"));
    let development = Thresholds { environment: Environment::Development, ..Thresholds::default() };
    assert_eq!(run(&snapshot, &development)[0].severity, Severity::Info);
}

#[test]
fn a_switched_off_table_is_worse_when_it_is_large() {
    let mut table = fixture::table(1, "queue", 50_000);
    table.options.insert("autovacuum_enabled".into(), "off".into());
    let snapshot = |table| Snapshot { tables: Probe::Ok(vec![table]), ..Snapshot::default() };
    let finding = fixture::only(&snapshot(table.clone()), TABLE.id);
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(finding.fix.unwrap().statements, ["ALTER TABLE public.queue RESET (autovacuum_enabled)"]);
    table.reltuples = 10.0;
    assert_eq!(fixture::only(&snapshot(table.clone()), TABLE.id).severity, Severity::Low);
    table.options.insert("autovacuum_enabled".into(), "true".into());
    assert!(fixture::found(&snapshot(table), TABLE.id).is_empty());
}
