use super::*;
use crate::{Probe, Snapshot, Table, fixture};

#[test]
fn unchecked_constraints_are_validated() {
    let (child, parent) = (fixture::table(1, "orders", 10), fixture::table(2, "customers", 10));
    let mut key = fixture::foreign_key(&child, &["customer_id"], &parent, &["id"]);
    key.validated = false;
    let snapshot = |key: Constraint| Snapshot { constraints: Probe::Ok(vec![key]), ..Snapshot::default() };
    let fix = fixture::only(&snapshot(key.clone()), RULE.id).fix.unwrap();
    assert_eq!(fix.statements, ["ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer_id_fkey"]);
    key.inherited = true;
    assert!(fixture::found(&snapshot(key), RULE.id).is_empty());
}

#[test]
fn tables_without_a_key() {
    let table = fixture::table(1, "log", 5_000);
    let snapshot = |table: &Table, indexes| Snapshot {
        tables: Probe::Ok(vec![table.clone()]),
        indexes: Probe::Ok(indexes),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(&table, Vec::new()), NO_KEY.id).severity, Severity::Medium);
    let mut unique = fixture::index(2, &table, "log_key", &["id"]);
    unique.unique = true;
    assert_eq!(fixture::only(&snapshot(&table, vec![unique]), NO_KEY.id).severity, Severity::Info);
    assert!(fixture::found(&snapshot(&table, vec![fixture::primary_key(2, &table, "id")]), NO_KEY.id).is_empty());
    let partition = Table { partition_of: Some(9), ..table };
    assert!(fixture::found(&snapshot(&partition, Vec::new()), NO_KEY.id).is_empty());
}

#[test]
fn unequal_types_and_doubled_keys() {
    let (child, parent) = (fixture::table(1, "orders", 10), fixture::table(2, "customers", 10));
    let key = fixture::foreign_key(&child, &["customer_id"], &parent, &["id"]);
    let snapshot = |own: &str| Snapshot {
        columns: Probe::Ok(vec![fixture::column(&child, "customer_id", own), fixture::column(&parent, "id", "int8")]),
        constraints: Probe::Ok(vec![key.clone(), Constraint { name: "again".into(), ..key.clone() }]),
        ..Snapshot::default()
    };
    let narrow = fixture::found(&snapshot("int4"), TYPES.id);
    assert_eq!(narrow[0].severity, Severity::Medium);
    assert!(fixture::found(&snapshot("int8"), TYPES.id).is_empty());
    let twice = fixture::only(&snapshot("int8"), TWICE.id);
    assert_eq!(twice.fix.unwrap().statements, ["ALTER TABLE public.orders DROP CONSTRAINT again"]);
}
