use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(child_rows: i64, parent_deletes: i64, index: Option<&[&str]>) -> Snapshot {
    let mut parent = fixture::table(1, "customers", 100);
    parent.activity.deleted = parent_deletes;
    let child = fixture::table(2, "orders", child_rows);
    Snapshot {
        constraints: Probe::Ok(vec![fixture::foreign_key(&child, &["customer_id"], &parent, &["id"])]),
        indexes: Probe::Ok(index.map(|columns| fixture::index(9, &child, "i", columns)).into_iter().collect()),
        tables: Probe::Ok(vec![parent, child]),
        ..Snapshot::default()
    }
}

#[test]
fn a_big_child_without_an_index_is_reported_with_runnable_sql() {
    let finding = fixture::only(&snapshot(2_000_000, 5, None), RULE.id);
    assert_eq!(finding.severity, Severity::High);
    let fix = finding.fix.unwrap();
    assert_eq!(fix.statements, ["CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)"]);
    assert_eq!(fix.undo, ["DROP INDEX CONCURRENTLY public.orders_customer_id_idx"]);
}

#[test]
fn small_children_matter_only_when_parents_are_deleted() {
    assert!(fixture::found(&snapshot(2_000, 0, None), RULE.id).is_empty());
    assert_eq!(fixture::found(&snapshot(2_000, 1, None), RULE.id).len(), 1);
    assert!(fixture::found(&snapshot(50, 1, None), RULE.id).is_empty());
}

#[test]
fn the_columns_must_lead_in_any_order() {
    assert!(fixture::found(&snapshot(50_000, 0, Some(&["customer_id", "day"])), RULE.id).is_empty());
    assert_eq!(fixture::found(&snapshot(50_000, 0, Some(&["day", "customer_id"])), RULE.id).len(), 1);
    let child = fixture::table(2, "orders", 10);
    let both = ["a".to_owned(), "b".to_owned()];
    assert!(supports(&fixture::index(9, &child, "i", &["b", "a", "c"]), &both));
    let mut partial = fixture::index(9, &child, "i", &["a"]);
    partial.predicate = Some("(a IS NOT NULL)".into());
    assert!(supports(&partial, &both[..1]));
    partial.predicate = Some("(a > 5)".into());
    assert!(!supports(&partial, &both[..1]));
}
