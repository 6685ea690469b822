use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(tables: Vec<Table>) -> Snapshot {
    Snapshot { tables: Probe::Ok(tables), ..Snapshot::default() }
}

#[test]
fn a_large_changed_share_is_stale() {
    let mut table = fixture::table(1, "orders", 100_000);
    table.activity.modified_since_analyze = 30_000;
    let finding = fixture::only(&snapshot(vec![table.clone()]), RULE.id);
    assert!(finding.title.starts_with("30,000 row changes in public.orders (100,000 rows)"), "{}", finding.title);
    table.activity.modified_since_analyze = 5_000;
    assert!(fixture::found(&snapshot(vec![table]), RULE.id).is_empty());
}

#[test]
fn missing_statistics_count_not_missing_dates() {
    let mut table = fixture::table(1, "orders", 100_000);
    table.activity.analyze_age_s = None;
    assert!(fixture::found(&snapshot(vec![table.clone()]), NEVER.id).is_empty(), "a crash forgets the date only");
    table.columns_with_stats = Some(0);
    assert_eq!(fixture::only(&snapshot(vec![table.clone()]), NEVER.id).severity, Severity::Medium);
    table.columns_with_stats = None;
    assert!(fixture::found(&snapshot(vec![table]), NEVER.id).is_empty(), "hidden is not missing");
}

#[test]
fn a_partitioned_table_needs_its_own_analyze() {
    let parent = Table { kind: TableKind::Partitioned, columns_with_stats: Some(0), ..fixture::table(1, "log", 0) };
    let child = Table { partition_of: Some(1), ..fixture::table(2, "log_1", 90_000) };
    let finding = fixture::only(&snapshot(vec![parent, child]), NEVER.id);
    assert_eq!(finding.severity, Severity::Low);
    assert_eq!(finding.fix.unwrap().statements, ["ANALYZE public.log"]);
}
