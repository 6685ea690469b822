use super::*;
use crate::{Probe, Session, Slot, Snapshot, fixture};

#[test]
fn the_oldest_of_all_holders_is_named() {
    let session = Session { xmin_age: Some(1_500_000), ..fixture::session(9, "active") };
    let slot = Slot { name: "cdc".into(), catalog_xmin_age: Some(3_000_000), ..Slot::default() };
    let snapshot =
        Snapshot { sessions: Probe::Ok(vec![session]), slots: Probe::Ok(vec![slot]), ..Snapshot::default() };
    let finding = fixture::only(&snapshot, RULE.id);
    assert!(finding.title.starts_with("replication slot cdc (inactive) holds the xmin horizon 3,000,000"), "{}", finding.title);
}

#[test]
fn dead_rows_that_wait_lower_the_limit() {
    let session = Session { xmin_age: Some(20_000), ..fixture::session(9, "active") };
    let mut table = fixture::table(1, "orders", 50_000);
    let snapshot = |tables| Snapshot {
        sessions: Probe::Ok(vec![session.clone()]),
        tables: Probe::Ok(tables),
        ..Snapshot::default()
    };
    assert!(fixture::found(&snapshot(vec![table.clone()]), RULE.id).is_empty());
    table.activity.dead_rows = 40_000;
    assert_eq!(fixture::only(&snapshot(vec![table]), RULE.id).severity, Severity::High);
}
