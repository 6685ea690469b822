use super::*;
use crate::{DatabaseFacts, Probe, Snapshot, fixture};

fn snapshot(deadlocks: i64) -> Snapshot {
    let database = DatabaseFacts { deadlocks, stats_age_s: Some(10.0 * 86_400.0), ..fixture::database() };
    Snapshot { server: fixture::server(), databases: Probe::Ok(vec![database]), ..Snapshot::default() }
}

#[test]
fn a_rate_counts_not_a_total() {
    assert!(fixture::only(&snapshot(100), RULE.id).title.starts_with("100 deadlocks in 10 days"));
    assert!(fixture::found(&snapshot(20), RULE.id).is_empty());
}
