use super::*;
use crate::{Index, Probe, Snapshot, fixture};

fn snapshot(change: impl Fn(&mut Index)) -> Snapshot {
    let table = fixture::table(1, "orders", 100);
    let mut index = Index { valid: false, ..fixture::index(2, &table, "orders_day", &["day"]) };
    change(&mut index);
    Snapshot { indexes: Probe::Ok(vec![index]), ..Snapshot::default() }
}

#[test]
fn a_failed_build_is_dropped_and_made_again() {
    let finding = fixture::only(&snapshot(|_| {}), RULE.id);
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(
        finding.fix.unwrap().statements,
        [
            "DROP INDEX CONCURRENTLY public.orders_day",
            "CREATE INDEX CONCURRENTLY orders_day ON public.orders USING btree (day)"
        ]
    );
    assert_eq!(fixture::only(&snapshot(|index| index.unique = true), RULE.id).severity, Severity::High);
}

#[test]
fn a_leftover_of_reindex_is_only_dropped() {
    let finding = fixture::only(&snapshot(|index| index.name.name = "orders_day_ccnew1".into()), RULE.id);
    assert_eq!(finding.fix.unwrap().statements, ["DROP INDEX CONCURRENTLY public.orders_day_ccnew1"]);
}

#[test]
fn builds_in_progress_and_partitioned_indexes_are_fine() {
    assert!(fixture::found(&snapshot(|index| index.building = true), RULE.id).is_empty());
    assert!(fixture::found(&snapshot(|index| index.partitioned = true), RULE.id).is_empty());
}
