use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(table: Table) -> Snapshot {
    Snapshot { tables: Probe::Ok(vec![table]), ..Snapshot::default() }
}

#[test]
fn a_file_much_larger_than_its_rows_is_bloated() {
    let mut table = fixture::table(1, "archive", 100_000);
    table.heap_bytes = 500 << 20;
    let finding = fixture::only(&snapshot(table.clone()), RULE.id);
    assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Estimated));
    table.heap_bytes = 12 << 20;
    assert!(fixture::found(&snapshot(table.clone()), RULE.id).is_empty());
    table.heap_bytes = 500 << 20;
    table.columns_with_stats = Some(2);
    assert!(fixture::found(&snapshot(table), RULE.id).is_empty(), "a column without width makes the estimate worthless");
}

#[test]
fn the_fill_factor_is_wanted_space() {
    let mut table = fixture::table(1, "hot", 1_000_000);
    table.heap_bytes = 210 << 20;
    assert_eq!(fixture::found(&snapshot(table.clone()), RULE.id).len(), 1);
    table.options.insert("fillfactor".into(), "50".into());
    assert!(fixture::found(&snapshot(table), RULE.id).is_empty());
}
