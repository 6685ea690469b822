use super::*;
use crate::{ColumnStats, Probe, Snapshot, fixture};

const GIB: i64 = 1 << 30;

#[test]
fn a_btree_is_compared_with_what_its_entries_need() {
    let table = fixture::table(1, "orders", 1_000_000);
    let stats = ColumnStats { avg_width: 8.0, n_distinct: -1.0, ..ColumnStats::default() };
    let snapshot = |bytes| Snapshot {
        server: fixture::server(),
        columns: Probe::Ok(vec![fixture::with_stats(fixture::column(&table, "customer_id", "int8"), stats.clone())]),
        indexes: Probe::Ok(vec![Index { bytes, ..fixture::index(10, &table, "by_customer", &["customer_id"]) }]),
        tables: Probe::Ok(vec![table.clone()]),
        ..Snapshot::default()
    };
    let finding = fixture::only(&snapshot(200 << 20), RULE.id);
    assert_eq!(finding.fix.unwrap().statements, ["REINDEX INDEX CONCURRENTLY public.by_customer"]);
    assert_eq!(fixture::only(&snapshot(2 * GIB), RULE.id).severity, Severity::Medium);
    // Built by random inserts: about 70 % full.
    assert!(fixture::found(&snapshot(34 << 20), RULE.id).is_empty());
}

#[test]
fn weight_counts_all_indexes_of_a_large_table() {
    let table = crate::Table { heap_bytes: GIB / 2, ..fixture::table(1, "events", 1_000_000) };
    let snapshot = |bytes| Snapshot {
        indexes: Probe::Ok(vec![
            Index { bytes, ..fixture::index(10, &table, "a", &["a"]) },
            Index { bytes, ..fixture::index(11, &table, "b", &["b"]) },
        ]),
        tables: Probe::Ok(vec![table.clone()]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(GIB), WEIGHT.id).severity, Severity::Info);
    assert!(fixture::found(&snapshot(GIB / 2), WEIGHT.id).is_empty());
}

#[test]
fn a_btree_over_an_array_finds_nothing_inside() {
    let table = fixture::table(1, "posts", 100_000);
    let snapshot = |kind: &str| Snapshot {
        columns: Probe::Ok(vec![fixture::column(&table, "tags", kind)]),
        indexes: Probe::Ok(vec![fixture::index(10, &table, "posts_tags", &["tags"])]),
        tables: Probe::Ok(vec![table.clone()]),
        ..Snapshot::default()
    };
    for kind in ["_text", "jsonb", "tsvector"] {
        let fix = fixture::only(&snapshot(kind), METHOD.id).fix.unwrap();
        assert_eq!(fix.statements[0], "CREATE INDEX CONCURRENTLY posts_tags_gin ON public.posts USING gin (tags)");
    }
    assert!(fixture::found(&snapshot("text"), METHOD.id).is_empty());
}

#[test]
fn an_index_that_never_stays_in_memory() {
    let table = fixture::table(1, "posts", 100_000);
    let snapshot = |blocks_read, blocks_hit| Snapshot {
        indexes: Probe::Ok(vec![Index {
            blocks_read,
            blocks_hit,
            ..fixture::index(10, &table, "posts_key", &["key"])
        }]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(900_000, 100_000), CACHE.id).severity, Severity::Info);
    assert!(fixture::found(&snapshot(900_000, 9_000_000), CACHE.id).is_empty());
    assert!(fixture::found(&snapshot(900, 0), CACHE.id).is_empty());
}
