use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(tables: Vec<Table>) -> Snapshot {
    Snapshot { tables: Probe::Ok(tables), ..Snapshot::default() }
}

#[test]
fn whole_scans_count_and_short_ones_do_not() {
    let mut table = fixture::table(1, "orders", 1_000_000);
    table.activity.seq_scans = 500;
    table.activity.seq_rows = 500_000_000;
    assert_eq!(fixture::only(&snapshot(vec![table.clone()]), RULE.id).severity, Severity::Medium);
    table.activity.seq_rows = 5_000;
    assert!(fixture::found(&snapshot(vec![table.clone()]), RULE.id).is_empty(), "LIMIT stops them early");
    table.activity.seq_scans = 3;
    table.activity.seq_rows = 3_000_000;
    assert!(fixture::found(&snapshot(vec![table]), RULE.id).is_empty());
}

#[test]
fn unlogged_tables_with_rows_are_noted() {
    let table = Table { unlogged: true, ..fixture::table(1, "cache", 10) };
    assert_eq!(fixture::found(&snapshot(vec![table.clone()]), UNLOGGED.id).len(), 1);
    let mut empty = Table { reltuples: 0.0, ..table };
    empty.activity.live_rows = 0;
    assert!(fixture::found(&snapshot(vec![empty]), UNLOGGED.id).is_empty());
}

#[test]
fn a_default_partition_should_stay_empty() {
    let parent = Table { kind: TableKind::Partitioned, ..fixture::table(1, "log", 0) };
    let rest = Table { partition_of: Some(1), default_partition: true, ..fixture::table(2, "log_rest", 40) };
    let finding = fixture::only(&snapshot(vec![parent.clone(), rest.clone()]), DEFAULT_PARTITION.id);
    assert_eq!(finding.title, "40 rows of public.log fell into the default partition public.log_rest");
    let mut empty = Table { reltuples: 0.0, ..rest };
    empty.activity.live_rows = 0;
    assert!(fixture::found(&snapshot(vec![parent, empty]), DEFAULT_PARTITION.id).is_empty());
}
