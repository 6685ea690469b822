use super::*;
use crate::{Probe, Snapshot, fixture};

#[test]
fn cold_updates_are_reported_with_the_lever_that_is_left() {
    let mut table = fixture::table(1, "carts", 50_000);
    table.activity.updated = 100_000;
    table.activity.hot_updated = 10_000;
    let snapshot = |table: Table| Snapshot {
        indexes: Probe::Ok(vec![fixture::index(2, &table, "i", &["updated_at"])]),
        tables: Probe::Ok(vec![table]),
        ..Snapshot::default()
    };
    let finding = fixture::only(&snapshot(table.clone()), RULE.id);
    assert!(finding.title.starts_with("90 % of 100,000 updates"), "{}", finding.title);
    assert_eq!(finding.fix.unwrap().statements, ["ALTER TABLE public.carts SET (fillfactor = 85)"]);
    table.options.insert("fillfactor".into(), "80".into());
    assert!(fixture::only(&snapshot(table.clone()), RULE.id).fix.unwrap().statements.is_empty());
    table.activity.hot_updated = 90_000;
    assert!(fixture::found(&snapshot(table), RULE.id).is_empty());
}

#[test]
fn more_than_ten_indexes_are_many() {
    let table = fixture::table(1, "wide", 50_000);
    let snapshot = |count: u32| Snapshot {
        indexes: Probe::Ok((2..2 + count).map(|oid| fixture::index(oid, &table, &format!("i{oid}"), &["a"])).collect()),
        tables: Probe::Ok(vec![table.clone()]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::found(&snapshot(11), COUNT.id).len(), 1);
    assert!(fixture::found(&snapshot(10), COUNT.id).is_empty());
}
