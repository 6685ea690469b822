use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(xid_age: i64, freeze_max_age: &str) -> Snapshot {
    let database = DatabaseFacts { xid_age, ..fixture::database() };
    let table = Table { xid_age, ..fixture::table(1, "old", 100) };
    Snapshot {
        databases: Probe::Ok(vec![database]),
        tables: Probe::Ok(vec![table]),
        settings: fixture::settings(&[("autovacuum_freeze_max_age", freeze_max_age, "")]),
        ..Snapshot::default()
    }
}

#[test]
fn severity_rises_with_the_share_of_the_ring() {
    assert_eq!(fixture::only(&snapshot(600_000_000, "200000000"), RULE.id).severity, Severity::Medium);
    assert_eq!(fixture::only(&snapshot(1_200_000_000, "200000000"), RULE.id).severity, Severity::High);
    let finding = fixture::only(&snapshot(1_900_000_000, "200000000"), RULE.id);
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(finding.fix.unwrap().statements, ["VACUUM (FREEZE, VERBOSE) public.old"]);
}

#[test]
fn ages_below_the_configured_freeze_are_normal() {
    assert!(fixture::found(&snapshot(199_000_000, "200000000"), RULE.id).is_empty());
    assert!(fixture::found(&snapshot(900_000_000, "1000000000"), RULE.id).is_empty());
}

#[test]
fn multixacts_are_counted_apart() {
    let database = DatabaseFacts { mxid_age: 1_300_000_000, name: "other".into(), ..DatabaseFacts::default() };
    let snapshot = Snapshot { databases: Probe::Ok(vec![database]), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot, MULTIXACT.id).object.name, "database other");
    assert!(fixture::found(&snapshot, RULE.id).is_empty());
}
