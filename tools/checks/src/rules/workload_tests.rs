use super::*;
use crate::{Probe, Snapshot, Statements, fixture};

fn snapshot(items: Vec<Statement>) -> Snapshot {
    Snapshot { statements: fixture::statements(items), ..Snapshot::default() }
}

#[test]
fn share_and_mean_decide() {
    let slow = fixture::statement("1", "SELECT * FROM t1", 100, 900.0, 1);
    let quick = fixture::statement("2", "SELECT * FROM t2", 10_000, 2.0, 1);
    let rare = fixture::statement("3", "SELECT * FROM t3", 1, 50.0, 1);
    let found = fixture::found(&snapshot(vec![slow, quick.clone(), rare]), RULE.id);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].object.query_id.as_deref()), (Severity::High, Some("1")));
    assert!(found[0].title.starts_with("82 % of all execution time"), "{}", found[0].title);
    assert_eq!(fixture::only(&snapshot(vec![quick]), RULE.id).severity, Severity::Low, "frequent but fast");
    let maintenance = fixture::statement("5", "ANALYZE orders", 100, 900.0, 0);
    assert!(fixture::found(&snapshot(vec![maintenance]), RULE.id).is_empty());
    let idle = fixture::statement("4", "SELECT * FROM t4", 3, 200.0, 1);
    assert!(fixture::found(&snapshot(vec![idle]), RULE.id).is_empty(), "too little work to rank");
}

#[test]
fn waiting_on_purpose_is_no_slow_statement() {
    for text in ["select pg_sleep($1)", "SELECT pg_sleep($1), pg_advisory_lock($2)", "SELECT $1"] {
        let waiting = fixture::statement("1", text, 100, 900.0, 1);
        assert!(fixture::found(&snapshot(vec![waiting]), RULE.id).is_empty(), "{text}");
    }
    let clipped = fixture::statement("1", "SELECT * FROM orders WHERE note = 'cut he", 100, 900.0, 1);
    assert_eq!(fixture::found(&snapshot(vec![clipped]), RULE.id).len(), 1);
}

#[test]
fn few_calls_are_high_only_with_a_heavy_load() {
    let severity = |calls, mean_ms| {
        let items = vec![fixture::statement("1", "SELECT * FROM orders", calls, mean_ms, 1)];
        fixture::only(&snapshot(items), RULE.id).severity
    };
    assert_eq!(severity(2, 20_000.0), Severity::Medium);
    assert_eq!(severity(2, 40_000.0), Severity::High);
    assert_eq!(severity(5, 8_000.0), Severity::High);
}

#[test]
fn spills_and_cache_misses_need_volume() {
    let spilling = |temp_written| Statement { temp_written, ..fixture::statement("1", "SELECT 1", 10, 1.0, 1) };
    assert_eq!(fixture::found(&snapshot(vec![spilling(50_000)]), SPILL.id).len(), 1);
    assert!(fixture::found(&snapshot(vec![spilling(100)]), SPILL.id).is_empty());
    let reading = |shared_read, shared_hit| Statement { shared_read, shared_hit, ..spilling(0) };
    assert_eq!(fixture::found(&snapshot(vec![reading(500_000, 500_000)]), CACHE.id).len(), 1);
    assert!(fixture::found(&snapshot(vec![reading(500_000, 50_000_000)]), CACHE.id).is_empty());
    assert!(fixture::found(&snapshot(vec![reading(50, 0)]), CACHE.id).is_empty());
}

#[test]
fn evictions_hide_part_of_the_workload() {
    let with = |evictions| Snapshot {
        statements: Probe::Ok(Statements { evictions, max: Some(5_000), ..Statements::default() }),
        ..Snapshot::default()
    };
    assert_eq!(fixture::found(&with(Some(3)), EVICTIONS.id).len(), 1);
    assert!(fixture::found(&with(Some(0)), EVICTIONS.id).is_empty());
    assert!(fixture::found(&with(None), EVICTIONS.id).is_empty());
}
