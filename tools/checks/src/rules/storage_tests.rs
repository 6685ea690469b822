use super::*;
use crate::{Probe, Snapshot, TableActivity, fixture};

const GIB: i64 = 1 << 30;

fn with(table: Table) -> Snapshot {
    Snapshot {
        server: fixture::server(),
        settings: fixture::settings(&[("default_toast_compression", "pglz", "")]),
        tables: Probe::Ok(vec![table]),
        ..Snapshot::default()
    }
}

#[test]
fn few_visible_pages_matter_on_large_tables_that_indexes_read() {
    let table = |visible, age| Table {
        heap_bytes: 2 * GIB,
        relpages: 262_144,
        all_visible_pages: visible,
        activity: TableActivity { index_scans: 5, vacuum_age_s: Some(age), ..TableActivity::default() },
        ..fixture::table(1, "events", 10_000_000)
    };
    assert_eq!(fixture::only(&with(table(1_000, 90_000.0)), VISIBILITY.id).severity, Severity::Low);
    assert!(fixture::found(&with(table(250_000, 90_000.0)), VISIBILITY.id).is_empty());
    assert!(fixture::found(&with(table(1_000, 60.0)), VISIBILITY.id).is_empty());
}

#[test]
fn toast_compression_is_one_finding_for_all_tables() {
    let table = |toast_bytes| Table { toast_bytes, heap_bytes: GIB / 8, ..fixture::table(1, "documents", 10_000) };
    let finding = fixture::only(&with(table(4 * GIB)), TOAST.id);
    assert_eq!(finding.fix.unwrap().undo[0], "ALTER SYSTEM RESET default_toast_compression");
    assert!(fixture::found(&with(table(GIB / 4)), TOAST.id).is_empty());
}

#[test]
fn a_forced_vacuum_of_a_large_table_is_announced() {
    let table = |xid_age, bytes| Table { xid_age, heap_bytes: bytes, ..fixture::table(1, "history", 1_000_000_000) };
    assert!(fixture::only(&with(table(190_000_000, 40 * GIB)), FREEZE.id).title.contains("10,000,000 transactions"));
    assert!(fixture::found(&with(table(100_000_000, 40 * GIB)), FREEZE.id).is_empty());
    assert!(fixture::found(&with(table(190_000_000, GIB)), FREEZE.id).is_empty());
}

#[test]
fn gaps_count_the_leading_columns_of_fixed_length() {
    let table = fixture::table(1, "samples", 200_000_000);
    let column = |position, length, alignment| Column {
        position,
        length,
        alignment,
        ..fixture::column(&table, &format!("c{position}"), "any")
    };
    let bad = [column(1, 1, 1), column(2, 8, 8), column(3, 1, 1), column(4, 8, 8)];
    let good = [column(1, 8, 8), column(2, 8, 8), column(3, 1, 1), column(4, 1, 1)];
    assert_eq!(gap(&bad.iter().collect::<Vec<_>>()), 14);
    assert_eq!(gap(&good.iter().collect::<Vec<_>>()), 0);
    let unknown = [column(1, -1, 4), column(2, 8, 8), column(3, 1, 1), column(4, 8, 8)];
    assert_eq!(gap(&unknown.iter().collect::<Vec<_>>()), 0, "what follows a text starts anywhere");
    let snapshot = Snapshot { columns: Probe::Ok(bad.to_vec()), ..with(table.clone()) };
    assert!(fixture::only(&snapshot, PADDING.id).title.contains("2.6 GB"));
}
